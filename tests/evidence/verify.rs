//! The store as it is, against its history and against checkpoints.

use cardflow::engine::evidence::Verdict;

use crate::common::Store;
use crate::common::store::every_store;
use crate::support::{busy, checkpoint, faults, verify, work};

every_store![what_nobody_touched_is_anchored, without_a_checkpoint_it_is_consistent_and_not_anchored,];

async fn what_nobody_touched_is_anchored(store: Store) {
    let office = busy(&store).await;
    let first = checkpoint(&office, None).await;
    let report = verify(&office, std::slice::from_ref(&first)).await;
    assert_eq!(faults(&report), [""; 0]);
    assert_eq!((report.verdict(), report.anchored.unwrap().later), (Verdict::Anchored, 0));
    assert_eq!(report.compare, None);

    work(&office, 40).await;
    let later = verify(&office, std::slice::from_ref(&first)).await;
    assert_eq!(faults(&later), [""; 0]);
    assert!(later.verdict() == Verdict::Anchored && later.anchored.unwrap().later > 5);
    let second = checkpoint(&office, Some(&first)).await;
    assert!(second.leaves.len() < first.leaves.len(), "only what has grown");
    let report = verify(&office, &[first, second.clone()]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
    // The last one alone says nothing of chains that were still.
    let alone = verify(&office, &[second]).await;
    assert_eq!((faults(&alone), alone.verdict()), (Vec::new(), Verdict::NotAnchored));
    assert!(alone.anchored.unwrap().unknown > 0);
}

async fn without_a_checkpoint_it_is_consistent_and_not_anchored(store: Store) {
    let office = busy(&store).await;
    let report = verify(&office, &[]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::NotAnchored));
    assert!(report.to_string().starts_with("consistent, not anchored: "), "{report}");
}
