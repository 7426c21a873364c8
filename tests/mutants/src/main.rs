//! Weaves the changes that cargo-mutants lists into the files that they are of, all at once: each behind `crate::woven::mutant(N)`,
//! which is true in a process that SEGW_MUTANT=N is told. So all changes are compiled once, and not once each.
//!
//! usage: weave LIST.json TREE [N…]
//!
//! LIST.json is what `cargo mutants --list --json` says, TREE a copy of the sources, where the files are written; the changes of these
//! numbers are left out. Prints `N FILE FROM TO` for each one that is woven in, where it stands, in bytes, and `N -` for each that is not.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::{env, fs};

use proc_macro2::Span;
use serde_json::Value;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// What chooses. At build time, where a `const` is made, nothing is changed; that needs two features of rustc that are not stable.
const CHOICE: &str = r#"
/// Which of the changes is on.
#[doc(hidden)]
pub mod woven {
    extern crate std;
    use core::sync::atomic::{AtomicU32, Ordering};

    static CHOSEN: AtomicU32 = AtomicU32::new(u32::MAX);

    const fn at_build(_: u32) -> bool {
        false
    }

    fn at_run(number: u32) -> bool {
        let mut chosen = CHOSEN.load(Ordering::Relaxed);
        if chosen == u32::MAX {
            chosen = std::env::var("SEGW_MUTANT").map_or(u32::MAX - 1, |text| text.parse().unwrap());
            CHOSEN.store(chosen, Ordering::Relaxed);
        }
        chosen == number
    }

    /// Whether this one is.
    pub const fn mutant(number: u32) -> bool {
        core::intrinsics::const_eval_select((number,), at_build, at_run)
    }
}
"#;

/// One change, as cargo-mutants lists it.
struct Change {
    number: usize,
    genre: String,
    /// Line and column of where it begins, both from 1.
    at: (usize, usize),
    text: String,
}

/// Something that goes into the text.
enum Edit {
    /// In place of an expression: one of these, or what was there.
    Either(Range<usize>, Vec<(usize, String)>),
    /// Before this byte.
    Before(usize, usize, String),
}

impl Edit {
    fn range(&self) -> Range<usize> {
        match self {
            Self::Either(range, _) => range.clone(),
            Self::Before(at, ..) => *at..*at,
        }
    }
}

/// Finds what the changes are of.
struct Finder<'a> {
    source: &'a str,
    /// By genre and place.
    changes: HashMap<(&'a str, (usize, usize)), Vec<&'a Change>>,
    edits: Vec<Edit>,
}

fn place(span: Span) -> (usize, usize) {
    (span.start().line, span.start().column + 1)
}

/// Whether `let` stands in it, which is only allowed there as it is.
fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(both) => has_let(&both.left) || has_let(&both.right),
        _ => false,
    }
}

impl<'a> Finder<'a> {
    fn of(&self, genre: &'static str, span: Span) -> Vec<&'a Change> {
        self.changes.get(&(genre, place(span))).cloned().unwrap_or_default()
    }

    fn text(&self, range: Range<usize>) -> &'a str {
        &self.source[range]
    }

    /// The value of a function: what it does is not begun.
    fn body(&mut self, block: &syn::Block) {
        let begin = block.brace_token.span.open().byte_range().end;
        let Some(first) = block.stmts.first() else { return };
        for change in self.of("FnValue", first.span()) {
            let text = format!(" if crate::woven::mutant({}) {{ return {}; }}", change.number, change.text);
            self.edits.push(Edit::Before(begin, change.number, text));
        }
    }
}

impl<'a> Visit<'a> for Finder<'a> {
    fn visit_item_fn(&mut self, it: &'a syn::ItemFn) {
        self.body(&it.block);
        visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &'a syn::ImplItemFn) {
        self.body(&it.block);
        visit::visit_impl_item_fn(self, it);
    }

    fn visit_expr_binary(&mut self, it: &'a syn::ExprBinary) {
        let changes = self.of("BinaryOperator", it.op.span());
        if !changes.is_empty() && !has_let(&it.left) && !has_let(&it.right) {
            let (all, op) = (it.span().byte_range(), it.op.span().byte_range());
            let (left, right) = (self.text(all.start..op.start), self.text(op.end..all.end));
            let others = changes.iter().map(|it| (it.number, format!("{left}{}{right}", it.text))).collect();
            self.edits.push(Edit::Either(all, others));
        }
        visit::visit_expr_binary(self, it);
    }

    fn visit_expr_unary(&mut self, it: &'a syn::ExprUnary) {
        let changes = self.of("UnaryOperator", it.op.span());
        if !changes.is_empty() {
            let text = self.text(it.expr.span().byte_range());
            let others = changes.iter().map(|it| (it.number, text.to_owned())).collect();
            self.edits.push(Edit::Either(it.span().byte_range(), others));
        }
        visit::visit_expr_unary(self, it);
    }

    fn visit_expr_struct(&mut self, it: &'a syn::ExprStruct) {
        let all = it.span().byte_range();
        let mut others = Vec::new();
        for pair in it.fields.pairs() {
            let field = pair.value().span();
            let end = pair.punct().map_or(field, |comma| comma.span()).byte_range().end;
            let (before, after) = (self.text(all.start..field.byte_range().start), self.text(end..all.end));
            others.extend(self.of("StructField", field).iter().map(|it| (it.number, format!("{before}{after}"))));
        }
        if !others.is_empty() {
            self.edits.push(Edit::Either(all, others));
        }
        visit::visit_expr_struct(self, it);
    }

    fn visit_arm(&mut self, it: &'a syn::Arm) {
        // There is an arm for all else: one whose guard never holds is as good as none.
        let gone = self.of("MatchArm", it.span());
        if let Some((_, guard)) = &it.guard {
            let range = guard.span().byte_range();
            let always = self.of("MatchArmGuard", guard.span());
            let others = always.iter().map(|it| (it.number, it.text.clone()));
            let others = others.chain(gone.iter().map(|it| (it.number, "false".to_owned()))).collect::<Vec<_>>();
            if !others.is_empty() && !has_let(guard) {
                self.edits.push(Edit::Either(range, others));
            }
        } else {
            for change in gone {
                let text = format!(" if !crate::woven::mutant({})", change.number);
                self.edits.push(Edit::Before(it.pat.span().byte_range().end, change.number, text));
            }
        }
        visit::visit_arm(self, it);
    }
}

/// Writes a part of the file, and where in it each change then is.
struct Writer<'a> {
    source: &'a str,
    edits: &'a [Edit],
    out: String,
    places: Vec<(usize, Range<usize>)>,
}

impl Writer<'_> {
    /// The edits from `next` on that are in `range`, which are sorted: what begins first, and of those the longer one; the next one.
    fn write(&mut self, range: Range<usize>, mut next: usize) -> usize {
        let mut at = range.start;
        while let Some(edit) = self.edits.get(next) {
            let of = edit.range();
            if of.start >= range.end {
                break;
            }
            self.out.push_str(&self.source[at..of.start]);
            next += 1;
            match edit {
                Edit::Before(_, number, text) => self.alternative(*number, text),
                Edit::Either(_, others) => {
                    self.out.push('(');
                    for (number, text) in others {
                        self.out.push_str(&format!("if crate::woven::mutant({number}) {{ "));
                        self.alternative(*number, text);
                        self.out.push_str(" } else ");
                    }
                    self.out.push_str("{ ");
                    next = self.write(of.clone(), next);
                    self.out.push_str(" })");
                }
            }
            at = of.end;
        }
        self.out.push_str(&self.source[at..range.end]);
        next
    }

    fn alternative(&mut self, number: usize, text: &str) {
        let start = self.out.len();
        self.out.push_str(text);
        self.places.push((number, start..self.out.len()));
    }
}

fn changes(list: &Path, without: &[usize]) -> HashMap<String, Vec<Change>> {
    let list: Value = serde_json::from_str(&fs::read_to_string(list).unwrap()).unwrap();
    let mut files: HashMap<String, Vec<Change>> = HashMap::new();
    for (number, it) in list.as_array().unwrap().iter().enumerate() {
        if without.contains(&number) {
            println!("{number} -");
            continue;
        }
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let whole = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let start = &it["span"]["start"];
        let at = (whole(&start["line"]), whole(&start["column"]));
        let change = Change { number, genre: word(&it["genre"]), at, text: word(&it["replacement"]) };
        files.entry(word(&it["file"])).or_default().push(change);
    }
    files
}

/// What is the same keeps its time, so that it is not compiled again.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn main() {
    let words: Vec<_> = env::args().skip(1).collect();
    let [list, tree, without @ ..] = words.as_slice() else { panic!("usage: weave LIST.json TREE [N…]") };
    let without: Vec<usize> = without.iter().map(|it| it.parse().unwrap()).collect();
    let tree = Path::new(tree);
    for (file, list) in changes(Path::new(list), &without) {
        let source = fs::read_to_string(&file).unwrap();
        let mut by_place: HashMap<_, Vec<&Change>> = HashMap::new();
        for change in &list {
            by_place.entry((change.genre.as_str(), change.at)).or_default().push(change);
        }
        let parsed = syn::parse_file(&source).unwrap();
        let mut finder = Finder { source: &source, changes: by_place, edits: Vec::new() };
        finder.visit_file(&parsed);
        let mut edits = finder.edits;
        edits.sort_by_key(|edit| (edit.range().start, usize::MAX - edit.range().end));
        let mut writer = Writer { source: &source, edits: &edits, out: String::new(), places: Vec::new() };
        writer.write(0..source.len(), 0);
        for change in &list {
            match writer.places.iter().find(|(number, _)| *number == change.number) {
                Some((number, range)) => println!("{number} {file} {} {}", range.start, range.end),
                None => println!("{} -", change.number),
            }
        }
        write(&tree.join(&file), &writer.out);
    }
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    let features = "#![feature(core_intrinsics, const_eval_select)]\n#![allow(internal_features)]\n";
    write(&tree.join("src/lib.rs"), &format!("{features}{lib}{CHOICE}"));
}
