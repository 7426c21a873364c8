//! Every refusal names the place and says what is wrong.

use crate::cases::{ACCEPTED, GOOD, REFUSED};
use crate::{BASE, read};

#[test]
fn refusals_name_the_place() {
    for (old, new, path, at, message, _) in REFUSED {
        let text = GOOD.replacen(old, new, 1);
        assert_ne!(text, GOOD, "{old}");
        let refusal = read(&text, 0).map(|_| ()).expect_err(&text);
        assert_eq!(refusal.path.as_str(), *path, "{text}: {}", refusal.message);
        assert!(refusal.message.contains(message), "{path}: {}", refusal.message);
        let offset = refusal.offset.unwrap() - BASE;
        assert!(text[offset..].starts_with(at), "{path}: at {:?}", &text[offset..]);
        // The same inside a batch: the path says which connection.
        let batch = format!("{{\"connections\":[{GOOD},{text}]}}");
        let refusal = read(&batch, 0).map(|_| ()).expect_err(&batch);
        assert_eq!(refusal.path.as_str(), format!("connections[1].{path}"));
    }
}

#[test]
fn what_is_right_is_accepted() {
    for (old, new) in ACCEPTED {
        let text = GOOD.replacen(old, new, 1);
        assert!(text != GOOD || old == new, "{old}");
        assert_eq!(read(&text, 0).map(|_| ()), Ok(()), "{text}");
    }
}
