//! What this CPU offers, and which AES-GCM AWS-LC therefore runs.
//!
//! For people to read. The last word restates AWS-LC's own choice (crypto/fipsmodule/modes/gcm.c,
//! CRYPTO_ghash_init), which it does not let us ask for.

#[cfg(target_arch = "x86_64")]
pub fn features() -> Vec<&'static str> {
    use std::arch::is_x86_feature_detected as has;

    let aesni = has!("aes") && has!("pclmulqdq");
    let avx512 = has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
    let vaes = has!("vaes") && has!("vpclmulqdq");
    let all = [
        ("aesni", has!("aes")),
        ("pclmulqdq", has!("pclmulqdq")),
        ("avx2", has!("avx2")),
        ("avx512", avx512),
        ("vaes", has!("vaes")),
        ("vpclmulqdq", has!("vpclmulqdq")),
        ("gcm-vaes-avx512", vaes && avx512 && !cfg!(windows)),
        ("gcm-aesni", aesni && (!(vaes && avx512) || cfg!(windows))),
        ("gcm-ssse3", !aesni),
    ];
    present(&all)
}

#[cfg(target_arch = "aarch64")]
pub fn features() -> Vec<&'static str> {
    use std::arch::is_aarch64_feature_detected as has;

    let crypto = has!("aes") && has!("pmull");
    let all = [
        ("neon", has!("neon")),
        ("aes", has!("aes")),
        ("pmull", has!("pmull")),
        ("sha3", has!("sha3")),
        ("gcm-armv8", crypto),
        ("gcm-neon", !crypto),
    ];
    present(&all)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn features() -> Vec<&'static str> {
    vec!["gcm-portable"]
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn present(all: &[(&'static str, bool)]) -> Vec<&'static str> {
    all.iter().filter(|(_, here)| *here).map(|(name, _)| *name).collect()
}
