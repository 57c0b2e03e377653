//! unsafe: how fast AWS-LC itself is on this core, without JavaScript: the limit of native/.
//!
//! Seals the same text in place for about 100 ms and prints the median nanoseconds of one seal.
//! bench/engine/native-limit.bench.ts runs it in turns with the addon.
//!
//! ```text
//! cargo run --release --example aws-lc-speed -- 65536
//! ```

use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};

use aws_lc_sys::{
    EVP_AEAD_CTX, EVP_AEAD_CTX_init, EVP_AEAD_CTX_seal_scatter, EVP_aead_aes_256_gcm,
};

const RUN: Duration = Duration::from_millis(100);
const SAMPLE: Duration = Duration::from_micros(100);

fn main() {
    let bytes = std::env::args().nth(1).and_then(|size| size.parse().ok()).unwrap_or(64 * 1024);
    let mut text = vec![0; bytes];
    // SAFETY: plain old data, which EVP_AEAD_CTX_init overwrites.
    let mut key: EVP_AEAD_CTX = unsafe { std::mem::zeroed() };
    // SAFETY: the key has the 32 bytes announced.
    let done = unsafe {
        EVP_AEAD_CTX_init(&mut key, EVP_aead_aes_256_gcm(), [1; 32].as_ptr(), 32, 16, null_mut())
    };
    assert!(done == 1);

    let mut seals = 1;
    while sample(&key, &mut text, seals) < SAMPLE {
        seals *= 2;
    }
    let start = Instant::now();
    let mut samples = Vec::new();
    while start.elapsed() < RUN {
        samples.push(sample(&key, &mut text, seals).as_nanos() as f64 / f64::from(seals));
    }
    samples.sort_by(f64::total_cmp);
    println!("{}", samples[samples.len() / 2]);
}

fn sample(key: &EVP_AEAD_CTX, text: &mut [u8], seals: u32) -> Duration {
    let (nonce, aad, mut tag, mut tag_bytes) = ([2_u8; 12], [3_u8; 32], [0_u8; 16], 0);
    let start = Instant::now();
    for _ in 0..seals {
        let at = text.as_mut_ptr();
        // SAFETY: every pointer comes with its own length; text is sealed in place.
        let done = unsafe {
            EVP_AEAD_CTX_seal_scatter(
                key,
                at,
                tag.as_mut_ptr(),
                &mut tag_bytes,
                tag.len(),
                nonce.as_ptr(),
                nonce.len(),
                at,
                text.len(),
                null(),
                0,
                aad.as_ptr(),
                aad.len(),
            )
        };
        assert!(done == 1);
    }
    start.elapsed()
}
