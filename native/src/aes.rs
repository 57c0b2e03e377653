//! unsafe: AES-256 on single blocks, a few at a time.
//!
//! CMAC needs the bare block cipher, which AWS-LC gives out one block per call. Its blocks do not wait
//! for each other, so on x86-64 they go through the AES instructions side by side, over the round keys
//! that AWS-LC made: a wrap gets 10 % faster. Elsewhere AWS-LC does them one by one. Source: FIPS 197.

use aws_lc_sys::{AES_KEY, AES_encrypt, AES_set_encrypt_key};

use crate::bytes::Bytes;
use crate::gcm::KEY_BYTES;

pub type Block = [u8; 16];

#[repr(C, align(16))]
pub struct AesKey {
    schedule: AES_KEY,
    /// The CPU's AES instructions read this schedule as AWS-LC does.
    side_by_side: bool,
}

impl AesKey {
    /// `key`: 32 bytes.
    pub fn expand(&mut self, key: Bytes) {
        assert!(key.len() == KEY_BYTES);
        // SAFETY: `key` has the 256 bits announced, and the schedule is ours.
        let code = unsafe { AES_set_encrypt_key(key.start(), 256, &mut self.schedule) };
        assert!(code == 0, "AES takes every 256-bit key");
        self.side_by_side = self.reads_alike();
    }

    pub fn encrypt<const N: usize>(&self, blocks: &mut [Block; N]) {
        #[cfg(target_arch = "x86_64")]
        if self.side_by_side {
            // SAFETY: `expand` found the instructions and the layout they expect.
            return unsafe { self.encrypt_side_by_side(blocks) };
        }
        for block in blocks {
            self.encrypt_one(block);
        }
    }

    fn encrypt_one(&self, block: &mut Block) {
        // SAFETY: in place over one block, with a schedule that was expanded.
        unsafe { AES_encrypt(block.as_ptr(), block.as_mut_ptr(), &self.schedule) };
    }

    /// AWS-LC does not promise how its schedule lies in memory, so one block decides.
    #[cfg(target_arch = "x86_64")]
    fn reads_alike(&self) -> bool {
        if !std::arch::is_x86_feature_detected!("aes") {
            return false;
        }
        let (mut ours, mut theirs) = ([Block::default()], Block::default());
        // SAFETY: the instructions are there; any schedule gives some block.
        unsafe { self.encrypt_side_by_side(&mut ours) };
        self.encrypt_one(&mut theirs);
        Bytes::reading(&ours[0]).equals_secret(&theirs)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn reads_alike(&self) -> bool {
        false
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "aes")]
    fn encrypt_side_by_side<const N: usize>(&self, blocks: &mut [Block; N]) {
        use std::arch::x86_64::{
            __m128i, _mm_aesenc_si128, _mm_aesenclast_si128, _mm_loadu_si128, _mm_storeu_si128,
            _mm_xor_si128,
        };

        const ROUNDS: usize = 14;
        let round_keys = self.schedule.rd_key.as_ptr().cast::<__m128i>();
        // SAFETY: the schedule has 60 words: 15 round keys.
        let round_key = |round: usize| unsafe { _mm_loadu_si128(round_keys.add(round)) };
        let whitening = round_key(0);
        // SAFETY: a block has the 16 bytes loaded.
        let load = |block: &Block| unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
        let mut states: [__m128i; N] =
            std::array::from_fn(|i| _mm_xor_si128(load(&blocks[i]), whitening));
        for round in 1..ROUNDS {
            let key = round_key(round);
            for state in &mut states {
                *state = _mm_aesenc_si128(*state, key);
            }
        }
        let last = round_key(ROUNDS);
        for (block, state) in blocks.iter_mut().zip(states) {
            // SAFETY: a block has the 16 bytes stored.
            unsafe {
                _mm_storeu_si128(block.as_mut_ptr().cast(), _mm_aesenclast_si128(state, last));
            }
        }
    }
}
