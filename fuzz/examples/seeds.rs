//! Writes the seeds of every target into its folder of the corpus: `cargo run --no-default-features --example seeds`, then `cargo fuzz cmin <target>`.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, _) in cardflow_fuzz::TARGETS {
        let seeds = cardflow_fuzz::seeds(target);
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
