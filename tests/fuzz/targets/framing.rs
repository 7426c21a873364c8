//! A client's bytes: in whatever pieces they come, the same requests are cut out of them, and no byte is lost.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segw::config::model::Config;
use segw::config::read::Connections;
use segw::policy::Policy;
use segw::wire::frame::Frame;
use segw::wire::request::Request;

/// The requests of a stream that comes in pieces of these sizes, and what is left of it.
fn cut(stream: &[u8], mut sizes: impl Iterator<Item = usize>) -> (Vec<Vec<u8>>, Vec<u8>, bool) {
    let (mut frame, mut requests, mut pending, mut rest) = (Frame::new(), Vec::new(), Vec::new(), stream);
    while !rest.is_empty() {
        let size = sizes.next().map_or(rest.len(), |size| size.clamp(1, rest.len()));
        let (mut piece, after) = rest.split_at(size);
        while let Some(used) = frame.push(piece) {
            assert!((1..=piece.len()).contains(&used), "{used} of {} bytes", piece.len());
            pending.extend_from_slice(&piece[..used]);
            requests.push(std::mem::take(&mut pending));
            piece = &piece[used..];
            assert!(frame.is_idle());
        }
        pending.extend_from_slice(piece);
        // As the plugin keeps it between two reads.
        assert_eq!(Frame::from_raw(frame.to_raw()), frame);
        frame = Frame::from_raw(frame.to_raw());
        rest = after;
    }
    (requests, pending, frame.is_idle())
}

/// What is no JSON is refused before anything else.
fn is_json(text: &[u8]) -> bool {
    let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
    let check = Connections::check(text, 0, &mut config, &mut policy, &mut |_| ());
    !check.is_err_and(|refusal| refusal.message.starts_with("this is not JSON"))
}

/// What must hold of a request that was cut out, with the blanks before it.
fn judge(request: &[u8]) {
    let split = Request::split(request).expect("a blank request");
    assert!(matches!(request.last(), Some(b'\n' | b'}' | b']')), "ends at neither a line nor a brace");
    let end = split.offset + split.argument.len();
    assert_eq!(request.get(split.offset..end), Some(split.argument), "the argument stands elsewhere");
    assert!(request[end..].trim_ascii().is_empty());
    // A brace that closes the argument ends the request, wherever lines break: nothing is left behind it.
    if split.argument.starts_with(b"{") && request.ends_with(b"\n") {
        assert!(!is_json(split.argument), "a line's end was waited for after the brace");
    }
}

fuzz_target!(|stream: &[u8]| {
    let (requests, pending, idle) = cut(stream, std::iter::empty());
    let whole: Vec<u8> = requests.iter().flatten().chain(&pending).copied().collect();
    assert_eq!(whole, stream, "bytes were lost");
    assert_eq!(idle, pending.trim_ascii().is_empty());
    for request in &requests {
        judge(request);
    }
    let single = cut(stream, std::iter::repeat(1));
    assert_eq!(single, (requests.clone(), pending.clone(), idle), "byte by byte");
    // The bytes themselves say how long the pieces are.
    let sizes = stream.iter().cycle().map(|byte| usize::from(byte % 16));
    assert_eq!(cut(stream, sizes), (requests, pending, idle), "in pieces");
});
