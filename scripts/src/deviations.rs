// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt deviations`: where the emulator differs from POWER8, and what of it is corrected.

use crate::format::Format;
use anyhow::Result;
use comfy_table::{ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use cpu_model::deviation::{DEVIATIONS, Deviation};
use serde::Serialize;

/// Columns of a terminal that everything fits in.
const WIDTH: u16 = 120;

/// What `p8smt deviations` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// One deviation in JSON.
#[derive(Serialize)]
struct Row {
    number: u8,
    title: &'static str,
    power8: &'static str,
    qemu: &'static str,
    source: &'static str,
    /// "corrected", "partly corrected", "corrected by exact time", "corrected where asked for" or "detected".
    status: &'static str,
    /// The correction's name, or null.
    rule: Option<&'static str>,
    /// The option that it takes, or the finding that tells of it, or null.
    means: Option<&'static str>,
    /// What a partial correction leaves, or null.
    rest: Option<&'static str>,
}

/// Prints the list.
///
/// # Errors
/// Where standard output cannot be written.
pub fn run(args: &Args) -> Result<()> {
    crate::format::print(render(args.format)?.as_bytes())
}

fn render(format: Format) -> Result<String> {
    Ok(match format {
        Format::Text => text(),
        Format::Json => serde_json::to_string_pretty(&DEVIATIONS.iter().map(row).collect::<Vec<_>>())? + "\n",
    })
}

fn row(d: &Deviation) -> Row {
    Row {
        number: d.number,
        title: d.title,
        power8: d.power8,
        qemu: d.qemu,
        source: d.source,
        status: d.status.name(),
        rule: d.status.rule().map(|r| r.name()),
        means: d.status.means(),
        rest: d.status.rest(),
    }
}

fn text() -> String {
    let line = LineStyle::none().fill('─').junction('─');
    let style = TableStyle::new()
        .header_lines(ContentLineStyle::none())
        .header_separator(line)
        .content_lines(ContentLineStyle::none())
        .row_separator(line);
    let mut table = Table::new();
    table.load_style(style).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(["", "what", "POWER8", "QEMU's powernv8", "here"]);
    for d in DEVIATIONS {
        let name = d.status.rule().map(cpu_model::Rule::name).or(d.status.means());
        let rule = name.map_or_else(String::new, |name| format!(":\n{name}"));
        let rest = d.status.rest().map_or_else(String::new, |rest| format!("\n({rest})"));
        let here = format!("{}{rule}{rest}", d.status.name());
        table.add_row([&d.number.to_string(), d.title, d.power8, d.qemu, &here]);
    }
    let mut out = String::from("Where QEMU's powernv8 differs from POWER8, and what is corrected\n\n");
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str("\nSources (Linux: below arch/powerpc)\n");
    for d in DEVIATIONS {
        let caption = format!(" {:>3}  ", d.number);
        let options =
            textwrap::Options::new(usize::from(WIDTH)).initial_indent(&caption).subsequent_indent("      ");
        out.push_str(&textwrap::fill(d.source, options));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_fits_and_tells_of_every_deviation() {
        let text = render(Format::Text).unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= usize::from(WIDTH), "{line}");
        }
        for d in DEVIATIONS {
            let number = d.number.to_string();
            let begins = |line: &&str| line.split_whitespace().next() == Some(&number);
            assert_eq!(text.lines().filter(begins).count(), 2, "{number}: a row and a source");
        }
        assert_eq!(text.matches("detected").count(), 3);
    }

    #[test]
    fn json_has_what_the_model_has() {
        let rows: serde_json::Value = serde_json::from_str(&render(Format::Json).unwrap()).unwrap();
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), DEVIATIONS.len());
        assert_eq!(rows[0]["rule"], "partition");
        assert_eq!(rows[0]["status"], "corrected");
        assert_eq!(rows[7]["status"], "partly corrected");
        assert!(rows[7]["rest"].is_string() && rows[10]["rest"].is_null() && rows[11]["rule"].is_null());
        assert_eq!((&rows[8]["status"], &rows[8]["means"]), (&"detected".into(), &"dec-wrap".into()));
    }
}
