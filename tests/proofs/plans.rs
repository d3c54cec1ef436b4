//! Plans are kept for each version: who edits a change function under the same version is told.

use std::path::Path;

use cardflow::testing::proof::Proof;

use crate::wrong::{give_back, hand_back, hand_back_by, impound};

/// What the proof of plans says of *Hand back card* as it is written here, with the plans in this folder.
fn told(edited: bool, folder: &Path) -> Vec<String> {
    let written = if edited {
        hand_back_by(|plan| {
            give_back(plan)?;
            plan.certificates().revoke()
        })
    } else {
        hand_back()
    };
    let proof = Proof::of(written.unwrap()).unwrap().beside(impound().unwrap()).plans_in(folder);
    proof.prove().failures("plans_as_kept").iter().map(ToString::to_string).collect()
}

#[test]
fn a_change_function_that_was_edited_under_the_same_version_is_told() {
    if std::env::var_os("CARDFLOW_BLESS").is_some() {
        println!("not tried: every file is written anew");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = told(false, folder.path());
    assert!(missing[0].contains("there is no such file; make it with CARDFLOW_BLESS=1"), "{missing:#?}");

    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/plans/SiteProcHandBack.1.txt");
    std::fs::copy(kept, folder.path().join("SiteProcHandBack.1.txt")).unwrap();
    assert_eq!(told(false, folder.path()), Vec::<String>::new());

    let edited = told(true, folder.path());
    println!("{}", edited[0]);
    for part in ["raise the version", "+     certificate 0A02: valid → revoked (unspecified)"] {
        assert!(edited[0].contains(part), "{edited:#?}");
    }
}
