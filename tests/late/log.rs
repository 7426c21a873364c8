//! What happened, for those who have to find out why.

/// Facts that are told only if they hold.
const FACTS: [&str; 8] = [
    "initiator",
    "authenticated",
    "reauthenticating",
    "local_delete",
    "peer_delete",
    "delete_pending",
    "expired",
    "idle",
];
/// How much of its end is shown.
const TAIL: usize = 60;

#[derive(Default)]
pub struct Log(Vec<String>);

impl Log {
    pub fn push(&mut self, line: String) {
        self.0.push(line);
    }

    pub fn tail(&self) -> String {
        let from = self.0.len().saturating_sub(TAIL);
        self.0[from..].iter().map(|line| brief(line) + "\n").collect()
    }
}

/// Without what is always the same.
fn brief(line: &str) -> String {
    let mut line = line.replace("connection: \"vpn\", ", "").replace("remote: \"\", ", "").replace("facts: Facts ", "");
    for fact in FACTS {
        line = line.replace(&format!(", {fact}: false"), "").replace(&format!("{fact}: false"), "");
    }
    if let (Some(from), Some(to)) = (line.find("child: "), line.find(", up")) {
        line.replace_range(from..to, "");
    }
    line
}
