"""record: what comes in parts is put together; what is no record is not taken for one."""

import base64
import json
import os

from cases_screen import status
from ctl import expect

DATA = bytes(range(256)) * 40


def part(serial, offset, data, size=len(DATA)):
    """A reply to RECORD."""
    return json.dumps({"reply": "RECORD", "ok": True, "serial": serial, "size": size, "offset": offset,
                       "data": base64.b64encode(data).decode()}).encode() + b"\n"


GONE = b'{"reply":"RECORD","ok":false,"error":"the beginning of that record is no longer there: ask for all of it anew"}\n'


def test_a_record_is_put_together(ctl):
    path = ctl.folder / "vpn.record"
    for cut in (1, 3000, 3001, 3002, len(DATA)):
        script = [part(7, 0, DATA[:cut])] + ([part(7, cut, DATA[cut:])] if cut < len(DATA) else [])
        with ctl.plugin(*script) as plugin:
            done = ctl("record", path).must(0)
            expect(done.out == f"{path}: {len(DATA)} bytes; segw-replay {path} prints what was decided, and why\n", f"output {done}")
            expect(plugin.heard == b"RECORD\n" + (f"RECORD 7 {cut}\n".encode() if cut < len(DATA) else b""), f"heard {plugin.heard}")
        ctl.path.unlink()
        expect(path.read_bytes() == DATA and path.stat().st_mode & 0o777 == 0o600, f"cut at {cut}: {path.stat()}")
        expect(not path.with_name(path.name + ".new").exists(), "the file beside it was left")
    with ctl.plugin(part(7, 0, DATA)):
        expect(ctl("-q", "record", path).must(0).out == "", "not quiet")


def test_what_is_added_meanwhile_is_left_out(ctl):
    path = ctl.folder / "vpn.record"
    with ctl.plugin(part(7, 0, DATA[:100]), part(7, 100, DATA[100:] + b"more", len(DATA) + 4)):
        ctl("record", path).must(0)
    expect(path.read_bytes() == DATA, f"{path.stat().st_size} bytes")


def test_a_record_that_begins_anew(ctl):
    path = ctl.folder / "vpn.record"
    with ctl.plugin(part(7, 0, DATA[:100]), GONE, part(8, 0, DATA)) as plugin:
        ctl("record", path).must(0)
        expect(plugin.heard == b"RECORD\nRECORD 7 100\nRECORD\n", f"heard {plugin.heard}")
    expect(path.read_bytes() == DATA, f"{path.stat().st_size} bytes")
    path.unlink()
    ctl.path.unlink()
    with ctl.plugin(*(part(7, 0, DATA[:100]), GONE) * 20):
        ctl("record", path).must(4, err="began anew 8 times")
    expect(not path.exists(), "a part of it was written")


def test_what_is_no_record(ctl):
    path = ctl.folder / "vpn.record"
    with ctl.plugin(b'{"reply":"RECORD","ok":false,"error":"no record is kept"}\n'):
        ctl("record", path).must(1, err="extsockctl: no record is kept\n")
    ctl.path.unlink()
    odd = [part(7, 1, DATA), part(7, 0, b""), part(7, 0, DATA, 0), part(7, 0, DATA, 2 ** 40), part(2 ** 32, 0, DATA), b'{"reply":"RECORD","ok":true}\n',
           part(7, 0, DATA).replace(b'"data": "A', b'"data": "!'), part(7, 0, DATA).replace(b'"data": "A', b'"data": "'),
           b'{"reply":"RECORD","ok":true,"serial":7,"size":3,"offset":0,"data":"===="}\n']
    for each in odd:
        with ctl.plugin(each):
            ctl("record", path).must(3, err="no part of a record")
        ctl.path.unlink()
    with ctl.plugin(part(7, 0, DATA[:100]), part(8, 100, DATA[100:])):
        ctl("record", path).must(3, err="no part of a record")
    ctl.path.unlink()
    expect(not path.exists(), "it was written")
    with ctl.plugin(part(7, 0, DATA)):
        ctl("record", ctl.folder / "nowhere" / "vpn.record").must(6, err="No such file or directory")


def test_what_is_no_file_is_not_replaced(ctl):
    """As /dev/null is none, and /dev/stdout is a link."""
    pipe, link, file = ctl.folder / "pipe", ctl.folder / "link", ctl.folder / "file"
    os.mkfifo(pipe)
    file.write_text("")
    link.symlink_to(file)
    for place in (pipe, link):
        for script, words in ((part(7, 0, DATA), ("record", place)), (status(), ("metrics", "--output", place))):
            with ctl.plugin(script):
                ctl(*words).must(6, err="no regular file")
            ctl.path.unlink()
            expect(pipe.is_fifo() and link.is_symlink() and not list(ctl.folder.glob("*.new")), f"{words}: it was replaced")
