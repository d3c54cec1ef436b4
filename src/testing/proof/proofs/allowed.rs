use super::super::course::{Course, Order};
use super::super::office::{NOW, OTHER_TENANT, principal};
use super::super::play::{Play, in_full};
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::view::View;
use crate::engine::{Component, Rejection};
use crate::ports::Principal;
use crate::runtime::Error;

/// The accounts of the office, and one that nobody has.
const ACCOUNTS: &[&str] = &["olga", "otto", "uli", "ina", "adam", "ann", "aude", "sam", "nina", "ada", "stranger"];

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let cases = runs.usual();
    for case in cases.iter().take(1) {
        runs.run(case, async |play| only_who_may(play).await);
    }
}

async fn only_who_may(play: &mut Play<'_>) -> Result<(), Fault> {
    let mut course = play.own();
    let start = Order::Start(course.known.name(), course.subject);
    play.tell("whoever may not tries to start it");
    for who in everybody() {
        let offered = course.known.outline().is_offered(who.component(), &play.case.setting.options);
        if !(entitled(&who) && offered) {
            kept_out(play, &who, &start, &["NotEntitled", "NotFound", "WrongComponent"]).await?;
        }
    }
    play.start(&mut course).await?;
    while let (Some(id), Some(step), true) = (course.id(), course.waits_at().map(str::to_owned), course.waits_at_form())
    {
        let answers = play.answers(&course.known, &step);
        play.tell("whoever may not tries to go on with it, and to cancel it");
        for who in everybody() {
            if (who.account(), who.component()) == (course.who.account(), course.who.component()) {
                continue;
            }
            // Another component of the same person is the same person.
            let codes: &[&str] = if entitled(&who) { &["NotYours", "NotFound"] } else { &["NotFound", "NotEntitled"] };
            for order in [Order::Next(id, answers.clone()), Order::Cancel(id)] {
                kept_out(play, &who, &order, codes).await?;
            }
            unseen(play, &who, &course).await?;
        }
        play.forward(&mut course).await?;
    }
    play.play_out(&mut course).await?;
    play.close(&mut course).await?;
    refusals_are_noted(play).await?;
    play.ending(&[&course]).await.map(drop)
}

/// The auditor finds every kind of refusal in the journal.
async fn refusals_are_noted(play: &Play<'_>) -> Result<(), Fault> {
    let noted = play.office.host.refusals(&Play::auditor(), usize::MAX).await;
    let noted = noted.map_err(|it| Fault::of("the auditor sees refusals", in_full(&it)))?;
    let missing = play.coverage.rejections().filter(|code| !noted.iter().any(|it| it.code == *code));
    match missing.map(str::to_owned).collect::<Vec<_>>() {
        missing if missing.is_empty() => Ok(()),
        missing => Err(Fault::list("every refusal is noted in the journal", missing)),
    }
}

/// Every account in every component, and an operator of another tenant.
fn everybody() -> Vec<Principal> {
    let mut everybody = Vec::new();
    for account in ACCOUNTS {
        everybody.extend(Component::ALL.iter().map(|component| principal(account, *component)));
    }
    let far = Principal::new("olga", Component::Operator, "smart card", NOW).of_tenant(OTHER_TENANT);
    everybody.push(far);
    everybody
}

/// Whether the table of rights lets somebody run processes on the card and its holder from there.
fn entitled(who: &Principal) -> bool {
    let right = matches!(
        (who.account(), who.component()),
        ("olga" | "otto", Component::Operator) | ("ada", Component::SelfService) | ("adam", Component::Administrator)
    );
    right && who.tenant() != OTHER_TENANT
}

/// Whether the holder, whose card it is, may act at all.
fn holder_may_act(play: &Play<'_>) -> bool {
    let holder = play.before.dossier.person(play.office.holder);
    holder.is_some_and(|it| it.state() == crate::domain::PersonState::Active)
}

/// Somebody who may not is rejected, in one of these ways, and nothing is written.
async fn kept_out(play: &mut Play<'_>, who: &Principal, order: &Order, codes: &[&str]) -> Result<(), Fault> {
    let expected = match who.account() {
        "stranger" => &["UnknownAccount"],
        "ina" => &["ActorInactive"],
        "ada" if !holder_may_act(play) => &["ActorInactive"],
        _ => codes,
    };
    let before = View::of(&play.office).await;
    let commits = play.office.wire.count();
    let id = play.fresh();
    let came = play.send_quietly(who, id, order).await;
    let code = match &came {
        Err(Error::Rejected(it)) => it.code(),
        Err(error) => return Err(Fault::of("whoever may not is rejected", in_full(error))),
        Ok(_) => "carried out",
    };
    if !expected.contains(&code) {
        let expected =
            format!("{} in the {} component is rejected ({})", who.account(), who.component(), expected.join(" or "));
        return Err(Fault::of(expected, code));
    }
    if play.office.wire.count() != commits || View::of(&play.office).await.homes != before.homes {
        return Err(Fault::of("a rejected command writes nothing", "something was written"));
    }
    Ok(())
}

/// Who may not run the process sees nothing of its instances.
async fn unseen(play: &mut Play<'_>, who: &Principal, course: &Course) -> Result<(), Fault> {
    let Some(id) = course.id() else { return Ok(()) };
    let seen = play.office.host.standing(who, id, &crate::values::Answers::none()).await;
    match seen {
        Ok(_) if !entitled(who) => {
            let instead = format!("{} in the {} component sees it", who.account(), who.component());
            Err(Fault::of("an instance is seen by those alone who may run its process on the subject", instead))
        }
        Ok(_)
        | Err(Error::Rejected(
            Rejection::NotFound { .. } | Rejection::UnknownAccount | Rejection::ActorInactive { .. },
        )) => Ok(()),
        Err(error) => Err(Fault::of("an instance out of reach is as one that does not exist", in_full(&error))),
    }
}
