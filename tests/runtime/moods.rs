//! In whatever mood an authority answers, an instance comes to its end, and says what holds.

use cardflow::domain::CertificateState::{self, OnHold, Revoked, Valid};
use cardflow::values::{Answers, Millis};

use crate::common::store::every_store;
use crate::common::{Mood, Office, Store};

every_store![every_mood_comes_to_an_end];

async fn every_mood_comes_to_an_end(store: Store) {
    let office = Office::on(&store).await;
    // The mood, what the authority has confirmed in the end, how many orders have arrived, and how many incidents stand.
    let table: [(Mood, CertificateState, usize, usize); 8] = [
        (Mood::Well, OnHold, 2, 0),
        (Mood::Down, OnHold, 2, 0),
        (Mood::Mute, OnHold, 2, 0),
        (Mood::Deaf, OnHold, 2, 0),
        (Mood::Twice, OnHold, 4, 0),
        (Mood::Revokes, Revoked, 2, 2),
        (Mood::Refuses, Valid, 2, 2),
        (Mood::Contradicts, Valid, 2, 2),
    ];
    for (number, (mood, confirmed, orders, incidents)) in (30..).zip(table) {
        let (_, card) = office.employ("Ben Sample", "Berlin", &format!("5000 {number}"), number).await;
        let before = office.authority.orders().len();
        office.authority.next([mood, mood]);
        let run = office.cards.run(&office.operator, "CardsProcDeactivate", card, Answers::none()).await.unwrap();
        for _ in 0..5 {
            office.settle().await;
            office.wait(Millis::hours(1));
        }
        let standing = office.standing(run.id()).await;
        assert_eq!(standing.status.to_string(), "deactivated", "{mood:?}");
        assert_eq!(standing.incidents.len(), incidents, "{mood:?}: {:?}", standing.incidents);
        assert_eq!(office.authority.orders().len() - before, orders, "{mood:?}");
        let dossier = office.cards.open(&office.operator, card).await.unwrap().dossier;
        for certificate in dossier.certificates() {
            // What is on record as confirmed is what holds there, in every mood.
            let truth = office.authority.truth()[certificate.serial()].state;
            assert_eq!((certificate.confirmed(), truth), (Some(confirmed), confirmed), "{mood:?}");
            // A revocation is believed; anything else that was not asked for is not what we want.
            let wanted = if confirmed == Revoked { Revoked } else { OnHold };
            assert_eq!(certificate.wanted(), wanted, "{mood:?}");
        }
    }
}
