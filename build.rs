//! The sizes of the library's tables: read from the environment, checked, written as `sizes.rs`, which `src/limits.rs`
//! includes.
//!
//! A setting is a variable like `SEGW_CONNECTIONS=1`; `.cargo/config.toml` may have it under `[env]`. What is not set has its
//! default. A setting that does not exist or is out of its range is an error.
// It runs where the library is built, with numbers that were checked.
#![allow(clippy::arithmetic_side_effects)]

#[path = "src/nearest.rs"]
mod nearest;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::{env, fs, path::Path};

/// A setting: variable, constant, least, default, most, what it says.
type Setting = (&'static str, &'static str, u64, fn(&Sizes) -> u64, u64, &'static str);

/// In the order in which their values are worked out: a default may depend on those before it.
const SETTINGS: [Setting; 11] = [
    ("SEGW_CONNECTIONS", "CONNECTION_CAP", 1, |_| 16, 4096, "Connections in one context."),
    ("SEGW_SEGWS", "SEGW_CAP", 1, |_| 8, 8, "SEGWs in the list of one connection; sets of them are kept in a byte."),
    (
        "SEGW_IKE_SAS",
        "IKE_SA_CAP",
        2,
        |sizes| sizes.connections() * 4,
        32_768,
        "IKE_SAs followed at once, over all connections.",
    ),
    (
        "SEGW_HISTORY",
        "HISTORY_CAP",
        1,
        |_| 32,
        1024,
        "History records kept per connection; older ones are overwritten and counted.",
    ),
    ("SEGW_CHILDREN", "CHILD_CAP", 1, |_| 4, 32, "CHILD_SAs in the configuration of one connection."),
    (
        "SEGW_LIST_ITEMS",
        "LIST_CAP",
        1,
        |_| 8,
        32,
        "Items of a list in a configuration (proposals, traffic selectors, local addresses, virtual IPs).",
    ),
    (
        "SEGW_CONFIG_TEXT",
        "CONFIG_TEXT_CAP",
        256,
        |_| 8192,
        65_535,
        "Bytes of all strings in the configuration of one connection, each with its closing NUL.",
    ),
    ("SEGW_SUBSCRIPTION", "SUBSCRIPTION_CAP", 1, |_| 8, 64, "Connections that a client's subscription can name."),
    ("SEGW_REQUEST", "REQUEST_CAP", 1024, |_| 65_536, 16_777_216, "Bytes of the longest request a client may send."),
    (
        "SEGW_EVENT_QUEUE",
        "EVENT_QUEUE_CAP",
        2048,
        |sizes| (sizes.connections() * 512).max(2048),
        16_777_216,
        "Bytes of events that wait to be drained; what does not fit is counted and reported.",
    ),
    (
        "SEGW_PROBE_TEXT",
        "PROBE_TEXT_CAP",
        32,
        |_| 127,
        127,
        "Bytes of the targets that one connection asks through its tunnel, commas included.",
    ),
];

/// Variables that begin like a setting and are somebody else's: the tests' and the plugin's Makefile's, and the list of all
/// settings that cross/build and Makefile hand over, because cargo does not see a variable appear that it was not told of.
const NOT_SETTINGS: [&str; 4] = ["SEGW_BLESS", "SEGW_HEADER", "SEGW_INCLUDE", "SEGW_SETTINGS"];

/// The values, in the order of [`SETTINGS`].
#[derive(Default)]
struct Sizes(Vec<u64>);

impl Sizes {
    fn of(&self, constant: &str) -> u64 {
        let place = SETTINGS.iter().position(|setting| setting.1 == constant);
        place.and_then(|place| self.0.get(place)).copied().unwrap_or_default()
    }

    fn connections(&self) -> u64 {
        self.of("CONNECTION_CAP")
    }

    /// Reads all settings.
    fn read() -> Result<Self, String> {
        let mut sizes = Self::default();
        for (name, _, least, default, most, _) in SETTINGS {
            println!("cargo::rerun-if-env-changed={name}");
            let text = env::var(name).ok();
            let value = match &text {
                None => default(&sizes).clamp(least, most),
                Some(text) => match text.trim().parse::<u64>() {
                    Ok(value) if (least..=most).contains(&value) => value,
                    _ => return Err(format!("{name}={text}: expected a number from {least} to {most}")),
                },
            };
            println!("cargo::rustc-env={name}={value}");
            sizes.0.push(value);
        }
        if sizes.of("LIST_CAP") < sizes.of("SEGW_CAP") {
            return Err("SEGW_LIST_ITEMS is lower than SEGW_SEGWS: the list of SEGWs is a list too".to_owned());
        }
        if sizes.of("IKE_SA_CAP") < sizes.connections() * 2 {
            return Err("SEGW_IKE_SAS is lower than twice SEGW_CONNECTIONS: a move needs two for each".to_owned());
        }
        Ok(sizes)
    }

    /// The sizes in one word, which is part of the names of the functions that need memory of the caller's: a program whose
    /// header has other sizes than the archive asks for a name that is not there.
    fn word(&self) -> String {
        let letters = ["c", "s", "i", "h", "k", "l", "t", "f", "r", "q", "p"];
        letters.iter().zip(&self.0).map(|(letter, value)| format!("_{letter}{value}")).collect()
    }

    /// Bytes of what is the largest of its kind on a machine of 64 bits, and on others less.
    fn bytes(&self) -> Bytes {
        let (segws, lists) = (self.of("SEGW_CAP"), self.of("LIST_CAP"));
        let list = 4 + 4 * lists;
        let children = self.of("CHILD_CAP");
        let connection = 792 + self.of("PROBE_TEXT_CAP") + 248 * segws + 16 * self.of("HISTORY_CAP") + 80 * children;
        let child = 160 + 4 * list;
        let config = 280 + 8 * list + child * self.of("CHILD_CAP") + self.of("CONFIG_TEXT_CAP");
        let ike_sa = 68 + children;
        Bytes { connection, ike_sa, config }
    }

    /// All constants, as Rust.
    fn source(&self) -> String {
        let Bytes { connection, ike_sa, config } = self.bytes();
        let (connections, segws, ike_sas) = (self.connections(), self.of("SEGW_CAP"), self.of("IKE_SA_CAP"));
        let actions = ike_sas + 4 * connections;
        // Besides itself: what is remembered of it, its place in indices, its name when it is removed.
        let connection = connection + 360;
        let not_guarded = connections.min(16);
        let context = 512
            + 248 * not_guarded
            + connections * connection
            + 16 * connections.next_power_of_two()
            + ike_sas * ike_sa
            + 8 * actions
            + config
            + self.of("EVENT_QUEUE_CAP");
        let status = connections * (2000 + self.of("PROBE_TEXT_CAP") + 880 * segws + 344 * self.of("CHILD_CAP"))
            + 72 * ike_sas
            + 280 * not_guarded;
        let history = connections * (256 + 192 * self.of("HISTORY_CAP"));
        let policy = connections * (384 + 232 * 37);
        // Of one connection.
        let explain = (1952 + self.of("PROBE_TEXT_CAP") + 856 * segws + 344 * self.of("CHILD_CAP"))
            + 1856
            + 760 * segws
            + 256 * self.of("CHILD_CAP");
        let filter = 2 + 1 + 9 * self.of("SUBSCRIPTION_CAP") + 2;
        let mut text = String::new();
        for ((_, constant, _, _, _, about), value) in SETTINGS.iter().zip(&self.0) {
            let cost = match *constant {
                "CONNECTION_CAP" => format!(" About {connection} bytes each."),
                "SEGW_CAP" => " About 248 bytes each.".to_owned(),
                "IKE_SA_CAP" => format!(" About {} bytes each.", ike_sa + 8),
                "HISTORY_CAP" => " 16 bytes each.".to_owned(),
                "PROBE_TEXT_CAP" => " So many in each connection.".to_owned(),
                _ => String::new(),
            };
            constant_to(&mut text, constant, *value, &format!("{about}{cost}"));
        }
        let reply = 512 + status.max(history).max(policy).max(explain);
        constant_to(
            &mut text,
            "REPLY_CAP",
            reply.next_multiple_of(1024),
            "Bytes of a reply buffer that always suffices: a `STATUS`, `HISTORY` or `POLICY` of full tables with every number at its longest.",
        );
        constant_to(
            &mut text,
            "MEMORY_CAP",
            connections * 296 + segws.max(2 * connections) * 42 + 32,
            "Bytes of a state buffer that always suffices: for each connection its name, an address and its name with a pin; the SEGWs that can be drained at once; and 32.",
        );
        constant_to(
            &mut text,
            "ACTION_CAP",
            actions,
            "Actions that wait to be drained. One input asks at most for the end of every IKE_SA, and for each connection for a dial, a look, a question to its targets and the routes.",
        );
        let words = context.next_multiple_of(256) / 8;
        let about = format!("Words of 64 bits in a context; {} bytes.", words * 8);
        constant_to(&mut text, "CTX_WORDS", words, &about);
        constant_to(&mut text, "FILTER_WORDS", filter, "Words of 64 bits in a filter.");
        text
    }
}

/// See [`Sizes::bytes`].
struct Bytes {
    connection: u64,
    ike_sa: u64,
    config: u64,
}

fn constant_to(text: &mut String, name: &str, value: u64, about: &str) {
    let _ = writeln!(text, "/// {about}\npub const {name}: usize = {value};");
}

/// What is called like a setting and is none.
fn unknown() -> Option<String> {
    println!("cargo::rerun-if-env-changed=SEGW_SETTINGS");
    let known = || SETTINGS.iter().map(|setting| setting.0);
    let name = env::vars_os().filter_map(|(name, _)| name.into_string().ok()).find(|name| {
        name.starts_with("SEGW_") && !known().any(|known| known == name) && !NOT_SETTINGS.contains(&name.as_str())
    })?;
    let hint = match nearest::nearest(&name, &mut known()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
    };
    Some(format!("{name} is no setting of libsegw; {hint}"))
}

fn write() -> Result<(), String> {
    if let Some(message) = unknown() {
        return Err(message);
    }
    let sizes = Sizes::read()?;
    let folder = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: cargo runs this")?;
    fs::write(Path::new(&folder).join("sizes.rs"), sizes.source()).map_err(|error| error.to_string())?;
    println!("cargo::rustc-env=SEGW_SIZES={}", sizes.word());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/nearest.rs");
    Ok(())
}

fn main() -> ExitCode {
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}
