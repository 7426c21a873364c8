//! The plot: false moves over loss, both on scales where each step is a factor.

use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 80.0;
const TOP: f64 = 30.0;
const SPACE: f64 = 250.0;
const COLOURS: [&str; 3] = ["#1f77b4", "#d62728", "#2ca02c"];
/// Powers of ten.
const LEAST: i32 = -8;
const MOST: i32 = 5;

fn x(loss: f64) -> f64 {
    LEFT + (loss / 0.01).log2() / 20f64.log2() * (WIDTH - LEFT - SPACE)
}

fn y(moves: f64) -> f64 {
    let share = (moves.log10() - f64::from(LEAST)) / f64::from(MOST - LEAST);
    HEIGHT - 50.0 - share.clamp(0.0, 1.0) * (HEIGHT - 50.0 - TOP)
}

/// Curves of `(loss, false moves a year)`, each with its name.
pub fn false_moves(curves: &[(&str, Vec<(f64, f64)>)]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"18\">False moves a device and year, idle</text>\n"
    );
    for power in LEAST..=MOST {
        let at = y(10f64.powi(power));
        writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#ddd\"/>", WIDTH - SPACE).unwrap();
        writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">1e{power}</text>", LEFT - 6.0, at + 4.0).unwrap();
    }
    for loss in [0.01, 0.02, 0.05, 0.1, 0.2] {
        let at = x(loss);
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{} %</text>", HEIGHT - 30.0, loss * 100.0)
            .unwrap();
    }
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">packets lost each way</text>",
        (LEFT + WIDTH - SPACE) / 2.0,
        HEIGHT - 10.0
    )
    .unwrap();
    for (loss, limit) in [(0.05, 0.1), (0.1, 12.0)] {
        let (at, up) = (x(loss), y(limit));
        writeln!(svg, "<path d=\"M{:.1} {up:.1}H{:.1}\" stroke=\"black\" stroke-width=\"2\"/>", at - 14.0, at + 14.0)
            .unwrap();
    }
    for (number, (name, curve)) in curves.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let points: Vec<String> =
            curve.iter().map(|(loss, moves)| format!("{:.1},{:.1}", x(*loss), y(*moves))).collect();
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        )
        .unwrap();
        let at = TOP + 20.0 + 20.0 * number as f64;
        writeln!(svg, "<path d=\"M{} {at}h20\" stroke=\"{colour}\" stroke-width=\"2\"/>", WIDTH - SPACE + 10.0)
            .unwrap();
        writeln!(svg, "<text x=\"{}\" y=\"{}\">{name}</text>", WIDTH - SPACE + 36.0, at + 4.0).unwrap();
    }
    let at = TOP + 20.0 + 20.0 * curves.len() as f64;
    writeln!(svg, "<path d=\"M{} {at}h20\" stroke=\"black\" stroke-width=\"2\"/>", WIDTH - SPACE + 10.0).unwrap();
    writeln!(svg, "<text x=\"{}\" y=\"{}\">at most, for the defaults</text>\n</svg>", WIDTH - SPACE + 36.0, at + 4.0)
        .unwrap();
    svg
}
