//! What a panic does in a C program: it stops right there. A loop would stop the caller for ever, with its mutex held.
#![allow(unsafe_code)]

use core::panic::PanicInfo;

/// A C program's static library has no other panic handler. No input reaches it.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    // SAFETY: an instruction that no processor carries out, made to end a program.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    unsafe {
        core::arch::asm!("ud2", options(noreturn, nomem, nostack))
    }
    // SAFETY: as above.
    #[cfg(any(target_arch = "arm", target_arch = "aarch64"))]
    unsafe {
        core::arch::asm!("udf #0", options(noreturn, nomem, nostack))
    }
    // SAFETY: as above.
    #[cfg(any(target_arch = "riscv32", target_arch = "riscv64"))]
    unsafe {
        core::arch::asm!("unimp", options(noreturn, nomem, nostack))
    }
    // Where the compiler has no stable name for such an instruction. (cross/build makes every panic one, everywhere.)
    #[cfg(not(any(
        target_arch = "x86",
        target_arch = "x86_64",
        target_arch = "arm",
        target_arch = "aarch64",
        target_arch = "riscv32",
        target_arch = "riscv64"
    )))]
    loop {
        // SAFETY: not allowed, on purpose: no program of a machine with memory protection outlives it.
        unsafe { core::ptr::null_mut::<u32>().write_volatile(0) }
    }
}
