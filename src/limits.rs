//! Every capacity of the library, with what it costs. Constants on purpose: the committed C header states them, so
//! neither the environment nor a feature may change them behind its back.

/// Connections in one context. About 2.3 KiB each.
pub const CONNECTION_CAP: usize = 16;
/// SEGWs in the list of one connection. About 150 bytes each; at most 8, sets of SEGWs are kept in a byte.
pub const SEGW_CAP: usize = 8;
/// IKE_SAs followed at once, over all connections. 20 bytes each.
pub const IKE_SA_CAP: usize = 64;
/// History records kept per connection; older ones are overwritten and counted. 16 bytes each.
pub const HISTORY_CAP: usize = 32;
/// Bytes of a connection's or CHILD_SA's name in C, with the closing NUL; so 63 characters.
pub const NAME_CAP: usize = 64;
/// Bytes of a SEGW's address text in C, with the closing NUL; so 127 characters.
pub const ADDR_CAP: usize = 128;
/// Items of a list in a configuration (proposals, traffic selectors, local addresses, virtual IPs).
pub const LIST_CAP: usize = 8;
/// CHILD_SAs in the configuration of one connection.
pub const CHILD_CAP: usize = 4;
/// Bytes of all strings in the configuration of one connection, each with its closing NUL.
pub const CONFIG_TEXT_CAP: usize = 8192;
/// Connections that a client's subscription can name.
pub const SUBSCRIPTION_CAP: usize = 8;
/// Bytes of the longest request a client may send.
pub const REQUEST_CAP: usize = 65536;
/// Bytes of a reply buffer that always suffices: a `STATUS` of full tables with every number at its longest.
pub const REPLY_CAP: usize = 112 * 1024;
/// Bytes of an event buffer that always suffices, with the closing newline.
pub const EVENT_CAP: usize = 1024;
/// Bytes of a state buffer that always suffices: a name, an address and two separators for each connection, and 32.
pub const MEMORY_CAP: usize = CONNECTION_CAP * (NAME_CAP + ADDR_CAP) + 32;
/// Bytes of events that wait to be drained; what does not fit is counted and reported.
pub const EVENT_QUEUE_CAP: usize = 8192;
/// Actions that wait to be drained. One input asks at most for the end of every IKE_SA, and for each connection for a
/// dial, a look and the routes.
pub const ACTION_CAP: usize = IKE_SA_CAP + 3 * CONNECTION_CAP;
/// Upper bound of the context, in bytes, on a 32-bit target.
pub const CTX_CAP: usize = 84 * 1024;

const _: () = assert!(SEGW_CAP <= 8);
