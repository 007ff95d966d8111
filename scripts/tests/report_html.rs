// SPDX-License-Identifier: GPL-2.0-or-later
//! The page that `p8smt report --format html` makes: well-formed, self-contained, complete.
mod synthetic;

use p8smt_scripts::report::{Format, render};
use scraper::{ElementRef, Html, Selector};
use synthetic::{Shape, record};

fn page(shape: Shape) -> (String, Html) {
    let text = render(&record(shape, false), Format::Html).unwrap();
    let page = Html::parse_document(&text);
    (text, page)
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

const SHAPE: Shape = Shape { threads: 8, vcore_runs: 40 };

#[test]
fn is_well_formed() {
    let (_, page) = page(SHAPE);
    assert_eq!(page.errors, Vec::<String>::new());
}

#[test]
fn loads_nothing() {
    let (text, page) = page(SHAPE);
    assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("url("));
    for selector in ["script", "link", "img", "iframe", "[src]", "[href]", "[onload]", "[style]"] {
        assert!(all(&page, selector).is_empty(), "{selector}");
    }
    assert!(!text.contains("@import"));
}

#[test]
fn each_picture_has_a_name_and_its_parts_too() {
    let (_, page) = page(SHAPE);
    let charts = all(&page, "svg");
    assert_eq!(charts.len(), 4, "bars, whole run, part with guests, one entry");
    for chart in charts {
        assert_eq!(chart.attr("role"), Some("img"));
        assert!(chart.attr("aria-label").is_some_and(|label| label.len() > 20));
    }
    for part in all(&page, "svg rect") {
        let title = part.child_elements().next().expect("a title");
        assert_eq!(title.value().name(), "title");
        assert!(!title.text().collect::<String>().is_empty());
    }
}

/// Each lane covers its timeline from end to end, without gaps.
#[test]
fn lanes_are_whole() {
    let (_, page) = page(SHAPE);
    let lanes = all(&page, "figure svg g");
    assert_eq!(lanes.len(), 3 * 8);
    for lane in lanes {
        let mut at = 110;
        for part in lane.child_elements() {
            let number = |name| part.attr(name).unwrap().parse::<u32>().unwrap();
            assert_eq!(number("x"), at);
            at += number("width");
        }
        assert_eq!(at, 110 + 880);
    }
}

#[test]
fn bars_are_whole() {
    let (_, page) = page(SHAPE);
    let widths =
        all(&page, "svg > rect").into_iter().map(|part| part.attr("width").unwrap().parse::<f64>().unwrap());
    let total: f64 = widths.sum();
    assert!((total - 8.0 * 880.0).abs() < 0.5, "{total}");
}

#[test]
fn each_state_seen_is_in_the_legend_with_a_colour() {
    let (text, page) = page(SHAPE);
    let legend = all(&page, ".legend li");
    assert_eq!(legend.len(), 9, "all but ceded_to_kvm");
    for state in cpu_model::State::ALL {
        let name = state.name();
        assert!(text.contains(&format!(".s-{name} {{ fill: var(--{name}); background: var(--{name}); }}")));
        assert!(text.contains(&format!("--{name}: #")));
    }
}

#[test]
fn two_reports_of_a_recording_are_the_same_bytes() {
    assert_eq!(page(SHAPE).0, page(SHAPE).0);
}

#[test]
fn a_run_without_guests_has_one_timeline() {
    let (_, page) = page(Shape { threads: 16, vcore_runs: 0 });
    assert_eq!(all(&page, "svg").len(), 2);
    assert_eq!(all(&page, "figure svg g").len(), 16);
    assert_eq!(page.errors, Vec::<String>::new());
}
