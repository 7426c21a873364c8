//! A hash that is the same on each machine and after each restart, because it is kept in files, and orders SEGWs (FNV-1a, 32 bits).

use core::hash::Hasher as _;

use hash32::{FnvHasher, Hasher as _};

/// The hash of some bytes.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    hasher.finish32()
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn it_is_the_published_one() {
        assert_eq!((hash(b""), hash(b"a"), hash(b"foobar")), (0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968));
    }
}
