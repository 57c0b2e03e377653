//! How the addon is linked on each platform.

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // Node unloads an addon when the last worker that loaded it ends, before the thread's own
        // destructors (ours and AWS-LC's) have run. So it stays.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
