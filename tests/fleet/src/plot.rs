//! How many of the fleet are served, over time: one curve for each policy, as SVG.

use std::fmt::Write as _;

use crate::fleet::Size;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 30.0;
/// Of what is drawn in.
const WIDE: f64 = 540.0;
const HIGH: f64 = 330.0;
const COLOURS: [&str; 5] = ["#c0392b", "#e08e0b", "#1f7a3d", "#2471a3", "#7d3c98"];
/// Times of the ideal that are shown.
const SHOWN: f64 = 4.0;

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, what: &str) {
    let _ = writeln!(svg, r#"<text x="{x:.0}" y="{y:.0}" text-anchor="{anchor}">{what}</text>"#);
}

/// `curves`: the routers that each second served.
pub fn draw(size: Size, ideal_s: f64, curves: &[(&str, Vec<u32>)]) -> String {
    let longest = ideal_s * SHOWN;
    let x = |s: f64| LEFT + WIDE * s / longest;
    let y = |part: f64| TOP + HIGH * (1.0 - part);
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"><title>{} routers lose their SEGW, the other one completes {} handshakes a second</title>"#,
        size.routers, size.rate
    );
    let _ = writeln!(svg, r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>"#);
    for percent in (0..=100).step_by(25) {
        let at = y(f64::from(percent) / 100.0);
        let _ =
            writeln!(svg, r##"<line x1="{LEFT}" x2="{:.0}" y1="{at:.0}" y2="{at:.0}" stroke="#ddd"/>"##, LEFT + WIDE);
        text(&mut svg, LEFT - 8.0, at + 4.0, "end", &format!("{percent} %"));
    }
    for times in 0..=SHOWN as u32 {
        let s = ideal_s * f64::from(times);
        text(&mut svg, x(s), TOP + HIGH + 18.0, "middle", &format!("{s:.0} s"));
    }
    text(&mut svg, LEFT + WIDE / 2.0, TOP + HIGH + 38.0, "middle", "after the SEGW died");
    text(&mut svg, LEFT, TOP - 12.0, "start", "routers that were served by the other SEGW");
    let _ = writeln!(
        svg,
        r##"<path d="M{:.1} {:.1} L{:.1} {:.1}" stroke="#888" stroke-dasharray="4 4" fill="none"/>"##,
        x(0.0),
        y(0.0),
        x(ideal_s),
        y(1.0)
    );
    let mut legend = vec![("#888", "ideal")];
    for ((name, each_second), colour) in curves.iter().zip(COLOURS) {
        let mut path = format!("M{:.1} {:.1}", x(0.0), y(0.0));
        let (mut served, step) = (0, (longest as usize / 270).max(1));
        for (second, count) in (1..).zip(each_second) {
            served += count;
            let s = f64::from(second);
            if s <= longest && (second as usize % step == 0 || second as usize == each_second.len()) {
                let _ = write!(path, " L{:.1} {:.1}", x(s), y(f64::from(served) / f64::from(size.routers)));
            }
        }
        let _ = writeln!(svg, r#"<path d="{path}" stroke="{colour}" stroke-width="2" fill="none"/>"#);
        legend.push((colour, name));
    }
    for (line, (colour, name)) in (0u8..).zip(legend) {
        let at = TOP + 14.0 + 20.0 * f64::from(line);
        let _ = writeln!(
            svg,
            r#"<line x1="{:.0}" x2="{:.0}" y1="{at:.0}" y2="{at:.0}" stroke="{colour}" stroke-width="3"/>"#,
            LEFT + WIDE + 16.0,
            LEFT + WIDE + 40.0
        );
        text(&mut svg, LEFT + WIDE + 48.0, at + 4.0, "start", name);
    }
    svg.push_str("</svg>\n");
    svg
}
