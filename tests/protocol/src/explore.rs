// SPDX-License-Identifier: GPL-2.0-or-later
//! All reachable states of a model, breadth first, with their edges: what cannot get home is found
//! by walking the edges backwards.

use crate::{Kind, State, Step};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// Where the kind of an edge is kept beside its target.
const KIND_SHIFT: u32 = 30;
const TARGET: u32 = (1 << KIND_SHIFT) - 1;
/// As many as fit into two gigabytes.
const MOST_STATES: usize = 10_000_000;
const NONE: u32 = u32::MAX;

/// A set of kinds of edges.
#[derive(Clone, Copy)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const fn of(kinds: &[Kind]) -> Self {
        let (mut set, mut i) = (0, 0);
        while i < kinds.len() {
            set |= 1 << kinds[i] as u8;
            i += 1;
        }
        Self(set)
    }
}

/// The reachable states, by number, in the order in which a breadth-first search meets them.
pub(crate) struct Graph {
    states: IndexSet<State, FxBuildHasher>,
    parents: Vec<u32>,
    /// The edges of state `n` are `edges[ends[n - 1]..ends[n]]`.
    ends: Vec<usize>,
    edges: Vec<u32>,
}

/// How a search ends: at the first state that is wrong, which is its number, or with all of them.
pub(crate) enum Search {
    Wrong(Graph, u32, String),
    All(Graph),
}

/// Explores until a state is `wrong`, which says why.
pub(crate) fn explore(
    initial: State,
    mut steps: impl FnMut(&State, &mut Vec<Step>),
    wrong: impl Fn(&State) -> Option<String>,
) -> Search {
    let mut g =
        Graph { states: IndexSet::default(), parents: Vec::new(), ends: Vec::new(), edges: Vec::new() };
    g.states.insert(initial.canonical());
    g.parents.push(NONE);
    let mut out = Vec::new();
    let mut at = 0;
    while at < g.states.len() {
        let state = g.states[at];
        if let Some(why) = wrong(&state) {
            return Search::Wrong(g, at as u32, why);
        }
        steps(&state, &mut out);
        for step in out.drain(..) {
            let (to, new) = g.states.insert_full(step.next.canonical());
            assert!(to < MOST_STATES, "more than {MOST_STATES} states: let less happen at once");
            if new {
                g.parents.push(at as u32);
            }
            g.edges.push(to as u32 | (step.kind as u32) << KIND_SHIFT);
        }
        g.ends.push(g.edges.len());
        at += 1;
    }
    Search::All(g)
}

impl Graph {
    /// How many states there are.
    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    pub(crate) fn state(&self, number: u32) -> &State {
        &self.states[number as usize]
    }

    /// The first state of those `asked` about from which no path of `kinds` leads to a `goal`.
    pub(crate) fn first_stuck(
        &self,
        kinds: Kinds,
        asked: impl Fn(&State) -> bool,
        goal: impl Fn(&State) -> bool,
    ) -> Option<u32> {
        let mut good: Vec<bool> = self.states.iter().map(goal).collect();
        // Edges lead forward for the most part, so few rounds from the end suffice.
        loop {
            let mut changed = false;
            for n in (0..good.len()).rev() {
                let begin = if n == 0 { 0 } else { self.ends[n - 1] };
                if !good[n]
                    && self.edges[begin..self.ends[n]]
                        .iter()
                        .any(|e| kinds.0 >> (e >> KIND_SHIFT) & 1 == 1 && good[(e & TARGET) as usize])
                {
                    good[n] = true;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        (0..good.len()).find(|&n| !good[n] && asked(&self.states[n])).map(|n| n as u32)
    }

    /// The numbers of the states on the way from the initial state to `last`.
    pub(crate) fn path(&self, last: u32) -> Vec<u32> {
        let mut path = vec![last];
        while let Some(&parent) = path.last().map(|&n| &self.parents[n as usize])
            && parent != NONE
        {
            path.push(parent);
        }
        path.reverse();
        path
    }
}
