//! The one table that `cargo bench` prints at its end.

/// A figure of ours, the floor beside it in the same run, and what is wanted.
struct Row {
    what: String,
    ours: String,
    floor: String,
    ratio: String,
    wanted: &'static str,
}

#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Rates a second: the higher the better; the ratio is ours over the floor's.
    pub fn rates(&mut self, what: impl Into<String>, pairs: &[(f64, f64)], wanted: &'static str) {
        let (ours, floor) = (median(pairs.iter().map(|it| it.0)), median(pairs.iter().map(|it| it.1)));
        let ratio = median(pairs.iter().map(|(ours, floor)| ours / floor));
        self.row(what, format!("{ours:.0}/s"), format!("{floor:.0}/s"), format!("{ratio:.2}"), wanted);
    }

    /// A figure with whatever stands beside it.
    pub fn row(
        &mut self,
        what: impl Into<String>,
        ours: impl Into<String>,
        floor: impl Into<String>,
        ratio: impl Into<String>,
        wanted: &'static str,
    ) {
        let row = Row { what: what.into(), ours: ours.into(), floor: floor.into(), ratio: ratio.into(), wanted };
        println!("{:<88} {:>14} {:>14} {:>8}  {}", row.what, row.ours, row.floor, row.ratio, row.wanted);
        self.0.push(row);
    }

    pub fn print(&self) {
        println!("\n{:<88} {:>14} {:>14} {:>8}  wanted", "what", "ours", "floor", "ratio");
        println!("{}", "-".repeat(142));
        for Row { what, ours, floor, ratio, wanted } in &self.0 {
            println!("{what:<88} {ours:>14} {floor:>14} {ratio:>8}  {wanted}");
        }
    }
}

pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The value that so many in a hundred do not exceed.
pub fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() * percent / 100).min(values.len().saturating_sub(1))).copied().unwrap_or_default()
}
