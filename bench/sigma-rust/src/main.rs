//! What `bench/sigma.ts` measures sigma-rust with: rules of a folder against the NDJSON of a file, by log source.
//! Prints one line of JSON: rules, events, matches, seconds to load and seconds to match.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use sigma_rust::{event_from_json, rule_from_yaml, Event, Rule};

fn collect(folder: &Path, rules: &mut Vec<Rule>) {
    for entry in fs::read_dir(folder).expect("a folder of rules") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, rules);
        } else if path.extension().is_some_and(|end| end == "yml") {
            let text = fs::read_to_string(&path).expect("a rule as text");
            if let Ok(rule) = rule_from_yaml(&text) {
                rules.push(rule);
            }
        }
    }
}

fn text(event: &Event, name: &str) -> String {
    event
        .get(name)
        .map(|value| value.value_to_string())
        .unwrap_or_default()
}

fn applies(wanted: &Option<String>, given: &str) -> bool {
    wanted.as_deref().is_none_or(|name| name == given)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder of rules");
    let events = arguments.next().expect("a file of events");

    let started = Instant::now();
    let mut rules = Vec::new();
    collect(Path::new(&folder), &mut rules);
    let load = started.elapsed().as_secs_f64();

    // Rules of a log source, worked out once: the library itself knows of no log sources.
    let mut by_source: HashMap<(String, String, String), Vec<usize>> = HashMap::new();
    let mut seen = 0u64;
    let mut matches = 0u64;
    let started = Instant::now();
    for line in BufReader::new(fs::File::open(events).expect("a file")).lines() {
        let Ok(event) = event_from_json(&line.expect("a line of text")) else {
            continue;
        };
        seen += 1;
        let source = (
            text(&event, "product"),
            text(&event, "category"),
            text(&event, "service"),
        );
        let candidates = by_source.entry(source).or_insert_with_key(|source| {
            let fits = |rule: &Rule| {
                applies(&rule.logsource.product, &source.0)
                    && applies(&rule.logsource.category, &source.1)
                    && applies(&rule.logsource.service, &source.2)
            };
            (0..rules.len()).filter(|&at| fits(&rules[at])).collect()
        });
        matches += candidates
            .iter()
            .filter(|&&at| rules[at].is_match(&event))
            .count() as u64;
    }
    println!(
        "{{\"rules\":{},\"events\":{},\"matches\":{},\"loadSeconds\":{:.3},\"matchSeconds\":{:.3}}}",
        rules.len(),
        seen,
        matches,
        load,
        started.elapsed().as_secs_f64()
    );
}
