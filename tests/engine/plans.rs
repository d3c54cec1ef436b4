//! What Next would do, what it does, and what happens when the ground has changed meanwhile.

use cardflow::engine::{Came, Command, Event, Outcome, Rejection, Report, Resolution, Situation, Status, preview};
use cardflow::values::{Answers, Digest, EffectId, Seed, TenantId};

use crate::bench::{Bench, Decided, brief, came, hour, open_effect, reader, report};
use crate::library::{Library, Line, No, Place, Question, Reply, Rules};
use crate::processes;

fn digest(decision: &Decided) -> Digest {
    decision.preview.as_ref().unwrap().digest
}

/// The preview of an instance under way, for some answers.
fn previewed(bench: &Bench, begun: &Decided, answers: &Answers) -> cardflow::engine::Preview<Library> {
    let situation = Situation {
        process: &*bench.process,
        instance: Some(&begun.instance),
        dossier: &bench.shelf,
        options: &bench.options,
        world: &(),
        tenant: TenantId::new(7),
        actor: &bench.actor,
        now: bench.now,
        seed: Seed::from_number(99),
        limit: None,
        people: &cardflow::engine::People::default(),
        handling: None,
        taken: None,
    };
    preview(&situation, answers).unwrap()
}

fn back() -> Bench {
    Bench::of(processes::give_back().unwrap(), Place::Reader)
}

fn torn() -> Answers {
    Answers::none().with("torn", true)
}

#[test]
fn a_preview_shows_what_next_does_and_is_the_same_at_another_time_with_other_ids() {
    let bench = back();
    let begun = bench.begin(None).unwrap();
    let shown = begun.preview.clone().unwrap();
    assert_eq!(shown.items, [Line("becomes on the shelf".to_owned())]);
    let later = Bench { now: hour(1), ..bench.clone() };
    assert_eq!(previewed(&later, &begun, &Answers::none()), shown);

    let with_torn = previewed(&bench, &begun, &torn());
    assert_eq!(with_torn.items, ["becomes on the shelf", "becomes thrown away"].map(|it| Line(it.to_owned())));
    assert_ne!(with_torn.digest, shown.digest);
    for (answers, preview) in [(Answers::none(), shown), (torn(), with_torn)] {
        let done = bench.next(&begun.instance, answers.seen(preview.digest)).unwrap();
        assert_eq!(done.items, preview.items);
    }
}

#[test]
fn a_preview_passes_over_what_others_must_do_first() {
    let mut bench = Bench::lend();
    std::sync::Arc::make_mut(&mut bench.options.options).ask_the_head = true;
    let shown = bench.begin(None).unwrap().preview.unwrap();
    assert_eq!(shown.items, ["becomes lent", "for 0"].map(|it| Line(it.to_owned())));
    assert_eq!(shown.refusal, None);
}

#[test]
fn a_preview_passes_over_forms_that_come_later() {
    let bench = Bench::of(processes::exhibit().unwrap(), Place::Shelf);
    let begun = bench.begin(None).unwrap();
    let shown = previewed(&bench, &begun, &Answers::none().with("hall", true));
    assert!(shown.items.contains(&Line("becomes lent".to_owned())), "{:?}", shown.items);
    assert_eq!(shown.items.last(), Some(&Line("becomes on the shelf".to_owned())));
}

#[test]
fn next_does_nothing_if_the_plan_is_not_the_one_that_was_seen() {
    let bench = back();
    let begun = bench.begin(None).unwrap();
    let with_torn = previewed(&bench, &begun, &torn());
    // Other answers make another plan; so does another state, and a preview of something else.
    let plain = previewed(&bench, &begun, &Answers::none());
    for (answers, now) in [
        (torn().seen(digest(&begun)), &with_torn),
        (Answers::none().seen(with_torn.digest), &plain),
        (Answers::none().seen(Digest::of(b"something else")), &plain),
    ] {
        let rejection = bench.next(&begun.instance, answers).unwrap_err();
        assert_eq!(rejection, Rejection::PlanChanged { preview: Box::new(now.clone()) });
        assert_eq!(rejection.code(), "PlanChanged");
    }
    // Answers that change nothing of the plan do not make it another one.
    let same = Answers::none().with("torn", false).seen(digest(&begun));
    assert!(bench.next(&begun.instance, same).is_ok());
}

#[test]
fn a_refusal_shows_in_the_preview_and_next_is_refused() {
    let mut bench = Bench::lend();
    std::sync::Arc::make_mut(&mut bench.options.options).most = -1;
    let begun = bench.begin(None).unwrap();
    let shown = begun.preview.clone().unwrap();
    assert_eq!((shown.items.len(), shown.refusal.clone()), (0, Some(No::Owes(0))));
    // The digest covers the refusal: doing nothing because the book is gone is another plan.
    let gone = Bench { shelf: bench.shelf.clone().taken_to(Place::Dump), ..bench.clone() };
    let nothing = previewed(&gone, &begun, &Answers::none());
    assert!(nothing.items.is_empty() && nothing.refusal.is_none() && nothing.digest != shown.digest);
    let came = bench.next(&begun.instance, reader().with("free", true));
    assert_eq!(came.unwrap_err(), Rejection::Refused(No::Owes(0)));
}

#[test]
fn options_are_read_at_the_start_and_stay() {
    let strict = |most| cardflow::engine::Bound::new(2, Rules { most, ..Rules::default() });
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    assert_eq!(begun.instance.bound(), Some(&bench.options));
    let digest = bench.options.digest().unwrap();
    let told = |it: &Event<Library>| matches!(it, Event::Bound { version: 1, digest: it, .. } if *it == digest);
    assert!(begun.events.iter().any(told), "{:?}", begun.events);

    // Changed after the start: the old ones stay.
    let changed = Bench { options: strict(1), ..bench.clone() };
    let asked = changed.next(&begun.instance, reader()).unwrap();
    assert_eq!(asked.instance.bound(), Some(&bench.options));
    let priced = report(open_effect(&asked.instance), &bench.shelf, Reply::Fee(3));
    let done = changed.decide(Some(&asked.instance), &priced).unwrap();
    assert_eq!(done.dossier.loans().next().map(|it| it.body.fee), Some(3));
    // Nothing is kept of them once the instance is over.
    assert_eq!((done.instance.bound(), done.instance.answers()), (None, &Answers::none()));

    // A second form reads none anew, and its condition is decided by those of the first.
    let bench = Bench::of(processes::repair().unwrap(), Place::Shelf);
    let sent = bench.begin(Some(Answers::none())).unwrap();
    let changed = Bench { options: strict(1), ..bench.after(&sent) };
    let bound = changed.decide(Some(&sent.instance), &report(open_effect(&sent.instance), &bench.shelf, Reply::Fee(1)));
    let at_check = bound.unwrap();
    assert_eq!(brief(&at_check), "Fee(1) changed 1; waits at check");
    let checked = changed.after(&at_check).next(&at_check.instance, Answers::none()).unwrap();
    assert_eq!(brief(&checked), "answered check; waits for binder at label");
    assert_eq!(checked.instance.bound(), Some(&bench.options));
}

#[test]
fn a_later_change_reads_what_an_effect_was_answered() {
    let bench = Bench::lend();
    let asked = bench.begin(Some(reader())).unwrap();
    assert_eq!(asked.requests.len(), 1);
    let done = bench.decide(Some(&asked.instance), &report(open_effect(&asked.instance), &bench.shelf, Reply::Fee(3)));
    let done = done.unwrap();
    assert_eq!(done.dossier.loans().next().map(|it| it.body.fee), Some(3));
    assert_eq!(done.items, ["becomes lent", "for 3"].map(|it| Line(it.to_owned())));
    // The objects that changed: the book by the answer and by the change, and the loan that is new.
    assert_eq!(done.changed, [bench.shelf.subject, done.dossier.loans().next().unwrap().at]);
}

#[test]
fn a_branch_leads_past_the_effect() {
    let done = Bench::lend().begin(Some(reader().with("free", true))).unwrap();
    assert_eq!(
        brief(&done),
        "started; bound to 1; answered ask; 2 changed by lend, lent; no mail; ended: lent (for 0)"
    );
    assert!(done.requests.is_empty());
}

#[test]
fn requests_of_a_change_are_confirmed_before_the_instance_ends() {
    let bench = back();
    let done = bench.begin(Some(torn())).unwrap();
    assert_eq!(
        brief(&done),
        "started; bound to 1; answered look; 1 changed by shelve, on the shelf; asked next-reader at shelve; \
         1 changed by scrap, thrown away; no mail; confirming scrapped"
    );
    assert_eq!((done.instance.open_effects(), done.instance.asked()[0].step.as_str()), (1, "shelve"));
}

/// An exhibition as far as the insurance.
fn insured() -> (Bench, Decided) {
    let bench = Bench::of(processes::exhibit().unwrap(), Place::Shelf);
    let first = bench.begin(Some(Answers::none().with("hall", true))).unwrap();
    assert_eq!(brief(&first), "started; bound to 1; answered where; waits at when");
    let bench = bench.after(&first);
    let second = bench.next(&first.instance, Answers::none().with("days", 3)).unwrap();
    // The branch reads the answer of the first form.
    assert_eq!(brief(&second), "answered when; waits for catalogue at insure");
    (bench.after(&second), second)
}

#[test]
fn an_instance_ends_when_the_last_of_its_requests_is_confirmed() {
    let (bench, asked) = insured();
    let insured = report(open_effect(&asked.instance), &bench.shelf, Reply::Fee(1));
    let shown = bench.decide(Some(&asked.instance), &insured).unwrap();
    assert_eq!(
        brief(&shown),
        "Fee(1) changed 1; 2 changed by show, lent; asked next-reader at show; asked binder at show; \
         incident: careful: it is on show; 1 changed by shelve, on the shelf; no mail; confirming shown"
    );
    let mut ids: Vec<_> = shown.instance.asked().iter().map(|it| it.effect.uuid()).collect();
    ids.push(shown.dossier.loans().next().unwrap().at.id());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "three requests and a loan have ids of their own");

    let bench = bench.after(&shown);
    let one = bench.decide(Some(&shown.instance), &report(open_effect(&shown.instance), &bench.shelf, Reply::Fee(1)));
    let one = one.unwrap();
    assert_eq!(brief(&one), "Fee(1) changed 1");
    let two =
        bench.decide(Some(&one.instance), &report(open_effect(&one.instance), &bench.shelf, Reply::Fee(1))).unwrap();
    assert_eq!(brief(&two), "Fee(1) changed 1; ended: shown (for 0)");
}

#[test]
fn a_request_that_cannot_be_put_together_refuses_the_command() {
    let mut bench = Bench::lend();
    bench.shelf.things[0].body.fee = 101;
    assert_eq!(came(&bench.begin(Some(reader()))), "Refused: the reader owes 101");
}

/// The state a step relies on is looked at again wherever an instance goes on.
#[test]
fn an_instance_whose_ground_is_gone_ends_as_superseded_on_record() {
    let words = "superseded: needed on the shelf, found in the workshop";
    let bench = Bench::lend();
    let begun = bench.begin(None).unwrap();
    let gone = Bench { shelf: bench.shelf.clone().taken_to(Place::Workshop), ..bench.clone() };

    // At Next, whatever preview was seen.
    for answers in [reader(), reader().seen(digest(&begun))] {
        let ended = gone.next(&begun.instance, answers).unwrap();
        assert_eq!(brief(&ended), format!("answered ask; ended: {words}"));
        assert!(ended.changed.is_empty() && ended.requests.is_empty() && ended.dossier == gone.shelf);
        let outcome = Outcome::Superseded { needed: "on the shelf".to_owned(), found: "in the workshop".to_owned() };
        assert_eq!(ended.instance.status(), &Status::Ended(outcome));
    }

    // When the outside answers: the answer is kept, nothing else is done.
    let asked = bench.next(&begun.instance, reader()).unwrap();
    let priced = report(open_effect(&asked.instance), &bench.shelf, Reply::Fee(3));
    let ended = gone.decide(Some(&asked.instance), &priced).unwrap();
    assert_eq!(brief(&ended), format!("Fee(3) changed 1; ended: {words}"));
}

#[test]
fn after_a_change_the_state_it_left_is_relied_on_at_every_step() {
    let words = "ended: superseded: needed in the workshop, found thrown away";
    let bench = Bench::of(processes::repair().unwrap(), Place::Shelf);
    let sent = bench.begin(Some(Answers::none())).unwrap();
    assert_eq!(sent.instance.relies_on(), Some("in the workshop"));
    let bench = bench.after(&sent);
    let gone = Bench { shelf: bench.shelf.clone().taken_to(Place::Dump), ..bench.clone() };
    let bound = report(open_effect(&sent.instance), &bench.shelf, Reply::Fee(1));

    // At a form that is reached: nobody is asked in vain.
    assert_eq!(brief(&gone.decide(Some(&sent.instance), &bound).unwrap()), format!("Fee(1) changed 1; {words}"));
    // At an effect that is reached: the outside is not asked.
    let mut hasty = Bench::of(processes::repair().unwrap(), Place::Shelf);
    std::sync::Arc::make_mut(&mut hasty.options.options).most = 5;
    let sent = hasty.begin(Some(Answers::none())).unwrap();
    let bound = report(open_effect(&sent.instance), &bench.shelf, Reply::Fee(1));
    let ended = Bench { shelf: gone.shelf.clone(), ..hasty }.decide(Some(&sent.instance), &bound).unwrap();
    assert_eq!(brief(&ended), format!("Fee(1) changed 1; {words}"));
    assert!(ended.requests.is_empty());
}

#[test]
fn a_plan_that_would_break_an_invariant_is_not_carried_out() {
    let bench = Bench::of(processes::steal().unwrap(), Place::Shelf);
    assert_eq!(came(&bench.begin(Some(Answers::none()))), "WouldBreak: this would break: a lent book has a loan");
    // One that was broken before is not added, so it stops nothing (law 9).
    let mut broken = Bench::of(processes::give_back().unwrap(), Place::Reader);
    broken.shelf.things[0].body.title.clear();
    assert!(broken.begin(Some(Answers::none())).is_ok());
}

#[test]
fn what_the_outside_reports_is_always_stored_and_an_incident_says_what_it_breaks() {
    let bench = Bench::of(processes::repair().unwrap(), Place::Shelf);
    let sent = bench.begin(Some(Answers::none())).unwrap();
    let stolen = report(open_effect(&sent.instance), &bench.shelf, Reply::Stolen);
    let ended = bench.after(&sent).decide(Some(&sent.instance), &stolen).unwrap();
    assert_eq!(
        brief(&ended),
        "Stolen changed 1; incident: it was stolen; incident: this breaks: a lent book has a loan; \
         ended: superseded: needed in the workshop, found lent"
    );
    assert_eq!(ended.instance.incidents().len(), 2);
    let dumped = Bench { shelf: bench.shelf.clone().taken_to(Place::Dump), ..bench.after(&sent) };
    let ended = dumped.decide(Some(&sent.instance), &stolen).unwrap();
    let found: Vec<_> = ended.instance.incidents().iter().map(|it| it.what.as_str()).collect();
    let breaks = ["this breaks: a lent book has a loan", "this breaks: what is thrown away stays away"];
    assert_eq!(found, ["it was stolen", breaks[0], breaks[1]]);
}

/// The answer is a fact, even if what was to follow it is refused.
#[test]
fn an_answer_is_stored_though_what_follows_it_is_refused() {
    let bench = Bench::lend();
    let asked = bench.begin(Some(reader())).unwrap();
    let ended =
        bench.decide(Some(&asked.instance), &report(open_effect(&asked.instance), &bench.shelf, Reply::Fee(11)));
    let ended = ended.unwrap();
    assert_eq!(brief(&ended), "Fee(11) changed 1; incident: the reader owes 11; ended: refused: the reader owes 11");
    assert_eq!(ended.dossier.book().map(|it| (it.body.place, it.body.fee)), Some((Place::Shelf, 11)));
    assert!(ended.dossier.loans().next().is_none() && ended.changed == [bench.shelf.subject]);

    // Nor is half of what follows done.
    let (bench, asked) = insured();
    let dear = report(open_effect(&asked.instance), &bench.shelf, Reply::Fee(11));
    let ended = bench.decide(Some(&asked.instance), &dear).unwrap();
    assert_eq!(brief(&ended), "Fee(11) changed 1; incident: the reader owes 11; ended: refused: the reader owes 11");
    assert!(ended.dossier.loans().next().is_none() && ended.requests.is_empty() && ended.items.is_empty());
}

#[test]
fn answers_that_arrive_together_are_one_decision_whatever_comes_twice_late_or_against_it() {
    let bench = back();
    let asked = bench.begin(Some(Answers::none())).unwrap();
    let right = Report {
        effect: open_effect(&asked.instance),
        request: Question { book: bench.shelf.subject, to: "next-reader".to_owned() },
        came: Came::Answer(Reply::Fee(0)),
    };
    let decide = |after: &Decided, reports: &[&Report<Library>]| {
        let command = Command::Report(reports.iter().map(|it| (*it).clone()).collect());
        bench.after(after).decide(Some(&after.instance), &command)
    };
    let once = decide(&asked, &[&right]).unwrap();
    assert_eq!(brief(&once), "Fee(0) changed 1; ended: back");
    assert_eq!(brief(&decide(&asked, &[&right, &right]).unwrap()), brief(&once), "twice is once");
    assert_eq!(brief(&decide(&once, &[&right]).unwrap()), "", "and nothing new later on");

    let other = Report { came: Came::Answer(Reply::Fee(3)), ..right.clone() };
    let against = decide(&once, &[&other]).unwrap();
    let words = "late Fee(3) changed 1; incident: the outside has answered before, and now says something else";
    assert_eq!(brief(&against), words);
    assert_eq!(against.instance.asked()[0].answer(), Some(&Reply::Fee(3)), "the later answer holds");
    assert_eq!(brief(&decide(&against, &[&other]).unwrap()), "", "and is nothing new when it comes again");

    let stranger = Report { effect: EffectId::from_uuid(uuid::Uuid::from_u128(9)), ..right.clone() };
    let words = format!("NotAsked: request {} is not open", stranger.effect);
    assert_eq!(came(&decide(&asked, &[&right, &stranger])), words, "one wrong one spoils them all");
    for came_of in [Came::Overtaken, Came::Stuck("it is down".to_owned())] {
        let report = Report { came: came_of, ..right.clone() };
        assert!(decide(&once, &[&report]).is_err(), "what was answered is neither overtaken nor stuck");
    }
    assert!(decide(&asked, &[&Report { came: Came::Overtaken, ..right }]).is_err(), "nothing has overtaken it");
}

/// Each way to deal with an incident, and what can still come after it.
#[test]
fn a_request_that_is_stuck_waits_for_a_person() {
    let bench = back();
    let asked = bench.begin(Some(Answers::none())).unwrap();
    let effect = open_effect(&asked.instance);
    let request = Question { book: bench.shelf.subject, to: "next-reader".to_owned() };
    let report = |came| Command::Report(vec![Report { effect, request: request.clone(), came }]);
    let bench = bench.after(&asked);
    let stuck = bench.decide(Some(&asked.instance), &report(Came::Stuck("gone for good".to_owned()))).unwrap();
    assert_eq!(brief(&stuck), "incident: gone for good");
    assert_eq!((stuck.instance.open_effects(), stuck.instance.troubled().is_some()), (1, true));

    let resolve = |how, note: &str| Command::Resolve { incident: 0, how, note: note.to_owned() };
    let table = [
        (Resolution::Retry, "", "incident 0: retry", 1),
        (Resolution::Retry, "it is back", "incident 0: retry", 1),
        (Resolution::Skip, "not needed", "incident 0: skip; ended: back", 0),
        (Resolution::ByHand, "told by phone", "incident 0: by hand; ended: back", 0),
    ];
    for (how, note, words, open) in table {
        let done = bench.decide(Some(&stuck.instance), &resolve(how, note)).unwrap();
        assert_eq!((brief(&done).as_str(), done.instance.open_effects()), (words, open), "{how}");
        assert_eq!(done.instance.troubled(), None, "{how}");
        let again = bench.decide(Some(&done.instance), &resolve(how, "again"));
        assert!(came(&again).starts_with("IncidentClosed"), "{how}");
        // What the outside says after all is stored, and changes what it changes.
        let late = bench.decide(Some(&done.instance), &report(Came::Answer(Reply::Fee(0)))).unwrap();
        let words = if open == 1 { "Fee(0) changed 1; ended: back" } else { "late Fee(0) changed 1" };
        assert_eq!(brief(&late), words, "{how}");
    }
    let answered = bench.decide(Some(&stuck.instance), &report(Came::Answer(Reply::Fee(0)))).unwrap();
    assert_eq!(answered.instance.troubled(), None, "an answer closes it by itself");

    let refused = [
        (Resolution::Skip, " ", "NoteNeeded"),
        (Resolution::ByHand, "", "NoteNeeded"),
        (Resolution::Retry, &"x".repeat(1001), "NoteNeeded"),
    ];
    for (how, note, words) in refused {
        assert!(came(&bench.decide(Some(&stuck.instance), &resolve(how, note))).starts_with(words), "{how}");
    }
    let other = Command::Resolve { incident: 1, how: Resolution::Retry, note: String::new() };
    assert!(came(&bench.decide(Some(&stuck.instance), &other)).starts_with("NotFound"));
}
