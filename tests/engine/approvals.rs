//! Requests for approval: every row is a policy, what people do, and the answer to the last of it.

use crate::parley::{Parley, policy};

/// The policy | who does what, one after another | what comes of the last of it.
const TABLE: &str = "\
one | 1 starts | asked, waits
one | 1 starts; 10 approves | approved, agreed, done
one | 1 starts; 10 rejects | rejected, rejected
one | 1 starts; 10 rejects silently | NoteNeeded: say why: 1 to 1000 characters are needed
one | 1 starts; 10 approves blindly | InvalidDecision: say what was shown: whoever approves quotes its digest
one | 1 starts; 10 approves otherwise | Stale: what was asked for has changed since it was shown; look at it again and decide then
one | 1 starts; 1 approves | NotEligible: you may not decide this: whoever asked for it does not approve it
one | 1 starts; 1 rejects | NotEligible: you may not decide this: whoever asked for it does not approve it
one | 1 starts for 2; 2 approves | NotEligible: you may not decide this: whoever it was asked for on behalf of does not approve it
one | owner 3; 1 starts; 3 approves | NotEligible: you may not decide this: the holder does not approve it
one | 1 starts; owner 3; 3 approves | NotEligible: you may not decide this: the holder does not approve it
one | 1 starts; 3 approves | approved, agreed, done
one | 1 starts; 12 approves | NotEligible: you may not decide this: this is for 1 of Head to decide
one | 1 starts; 13 approves | NotEligible: you may not decide this: this is for 1 of Head to decide
one | 1 starts; 14 approves | NotEligible: you may not decide this: the person is not active
one | 1 starts; 15 approves | NotEligible: you may not decide this: a role that one granted oneself does not count
own grants count | 1 starts; 15 approves | approved, agreed, done
one | 1 starts; 16 approves | NotEligible: you may not decide this: whoever stands in for somebody who may not approve it does not approve it either
deputies may | 1 starts; 16 approves | approved, agreed, done
one | 1 starts; 18 approves | approved, agreed, done
one | owner 3; 1 starts; 18 approves | NotEligible: you may not decide this: whoever stands in for somebody who may not approve it does not approve it either
one | 1 starts; 19 approves | NotEligible: you may not decide this: this is for 1 of Head to decide
one | 1 starts; 17 approves | NotEligible: you may not decide this: this is for 1 of Head to decide
one | 1 starts; 17 approves for 10 | approved for another, agreed, done
one | 1 starts; 17 rejects for 10 | rejected for another, rejected
one | 1 starts; 17 approves for 11 | NotEligible: you may not decide this: the person does not stand in for the one on whose behalf this was decided
one | 1 starts; 21 approves for 1 | NotEligible: you may not decide this: the one on whose behalf this was decided may not decide it
one | 1 starts; 17 stands in for 1; 17 approves for 10 | NotEligible: you may not decide this: whoever stands in for somebody who may not approve it does not approve it either
one | 1 starts; 1 stands in for 10; 1 approves for 10 | NotEligible: you may not decide this: whoever asked for it does not approve it
one | 1 starts; 10 dismissed; 17 approves for 10 | NotEligible: you may not decide this: the one on whose behalf this was decided may not decide it
one | 1 starts; 17 approves for 99 | InvalidDecision: the one on whose behalf this was decided is not known here
one | 1 starts; 10 loses roles; 10 approves | NotEligible: you may not decide this: this is for 1 of Head to decide
owner may | owner 3; 1 starts; 3 approves | approved, agreed, done
owner may | owner 1; 1 starts; 1 approves | NotEligible: you may not decide this: whoever asked for it does not approve it
requester may | 1 starts; 1 approves | approved, agreed, done
named | 1 starts; 20 approves | approved, agreed, done
named | 1 starts; 10 approves | NotEligible: you may not decide this: this is for 1 of 1 named person to decide
named | 20 starts | NobodyCanApprove: too few can approve this: 1 needed of 1 of 1 named person, and at most 0 may
or named | 1 starts; 20 approves | approved, agreed, done
or named | 1 starts; 10 approves | approved, agreed, done
but 10 | 1 starts; 10 approves | NotEligible: you may not decide this: the policy excludes this person
but 10 | 1 starts; 11 approves | approved, agreed, done
but 10 | 1 starts; 17 approves for 10 | NotEligible: you may not decide this: the one on whose behalf this was decided may not decide it
nobody's | 1 starts | NobodyCanApprove: too few can approve this: 1 needed of 1 of Curator, and at most 0 may
five | 1 starts | NobodyCanApprove: too few can approve this: 50 needed of 50 of Head, and at most 5 may
two | 1 starts; 10 approves | approved
two | 1 starts; 10 approves; 11 approves | approved, agreed, done
two | 1 starts; 10 approves; 10 approves | NotEligible: you may not decide this: this person has agreed already; each person counts once
two | 1 starts; 10 approves; 17 approves for 10 | NotEligible: you may not decide this: this person has agreed already; each person counts once
two | 1 starts; 17 approves for 10; 10 approves | NotEligible: you may not decide this: this person has agreed already; each person counts once
two | 1 starts; 17 stands in for 11; 17 approves for 10; 17 approves for 11 | NotEligible: you may not decide this: this person has agreed already; each person counts once
two | 1 starts; 10 approves; 11 rejects | rejected, rejected
two | 1 starts; 10 approves; 10 rejects | rejected, rejected
two | 1 starts; 10 approves; 10 takes-back | agreement taken back
two | 1 starts; 10 approves; 10 takes-back; 11 approves | approved
two | 1 starts; 10 approves; 10 takes-back; 11 approves; 10 approves | approved, agreed, done
two | 1 starts; 10 approves; 11 takes-back | InvalidDecision: there is no agreement of yours at this stage to take back
two | 1 starts; 17 approves for 10; 10 takes-back | agreement taken back
two | 1 starts; 10 approves; 10 postpones; 11 approves | approved, agreed, done
both | 1 starts; 10 approves | approved
both | 1 starts; 11 approves | approved
both | 1 starts; 11 approves; 10 approves | approved, agreed, done
both | 1 starts; 11 approves; 12 approves | approved, agreed, done
both | 1 starts; 12 approves; 11 approves | approved, agreed, done
both | 1 starts; 10 approves; 3 approves | approved
both | 1 starts; 10 approves; 3 approves; 12 approves | approved, agreed, done
then | 1 starts; 10 approves | approved, next stage, waits
then | 1 starts; 12 approves | NotEligible: you may not decide this: this is for 1 of Head to decide
then | 1 starts; 10 approves; 12 approves | approved, agreed, done
then | 1 starts; 11 approves; 11 approves | NotEligible: you may not decide this: this person has agreed already; each person counts once
then | 1 starts; 11 approves; 12 approves | approved, agreed, done
then | 1 starts; 10 approves; 3 approves | NotEligible: you may not decide this: this is for 1 of Senior to decide
then | 1 starts; 10 approves; 12 rejects | rejected, rejected
then | 1 starts; 10 approves; 11 approves the-first | AlreadyDecided: this was decided already: it was approved at 2026-11-24T12:00:00Z
then | 1 starts; 11 approves; 11 takes-back | InvalidDecision: there is no agreement of yours at this stage to take back
then | 1 starts; wait 71; 10 approves; wait 71; 12 approves | approved, agreed, done
two, then | 1 starts; 10 approves; 11 approves; 12 approves | approved, agreed, done
one | 1 starts; 10 approves; 11 approves | AlreadyDecided: this was decided already: it was approved at 2026-11-24T12:00:00Z
one | 1 starts; 10 rejects; 11 approves | AlreadyDecided: this was decided already: it was rejected at 2026-11-24T12:00:00Z
one | 1 starts; 1 withdraws | withdrawn
one | 1 starts; 10 withdraws | NotYours: another person started this instance; only that person can go on with it
one | 1 starts; 1 withdraws; 10 approves | NotWaiting: the instance does not wait for this any more: it is withdrawn
two | 1 starts; 10 approves; 1 withdraws | withdrawn
one | 1 starts; 10 approves; 1 withdraws | NotWaiting: the instance does not wait for this any more: it is taken (for 0)
one | 1 starts; 10 postpones | postponed
one | 1 starts; 10 postpones to-a-date | postponed to a date
one | 1 starts; 10 postpones to-the-past | InvalidDecision: postpone to a time that is still to come
one | 1 starts; 10 postpones; 11 approves | approved, agreed, done
one | 1 starts; 1 postpones | NotEligible: you may not decide this: whoever asked for it does not approve it
one | 1 starts; 10 asks | sent back for information, waits
one | 1 starts; 10 asks; 11 approves | NotWaiting: the instance does not wait for this any more: it is waiting for what the requester was asked
one | 1 starts; 10 asks; 10 approves the-first | Stale: what was asked for has changed since it was shown; look at it again and decide then
one | 1 starts; 10 asks; 10 resubmits | NotYours: another person started this instance; only that person can go on with it
one | 1 starts; 1 resubmits | NotWaiting: the instance does not wait for this any more: it is waiting for a decision; it was not sent back
one | 1 starts; 10 asks; 1 resubmits | resubmitted, asked, waits
one | 1 starts; 10 asks; 1 resubmits pleasure | resubmitted, asked, waits
one | 1 starts; 10 asks; 1 resubmits curiosity | InvalidAnswer: field `reason` does not accept `curiosity`; expected one of study, pleasure
one | 1 starts; 10 asks; 1 resubmits pleasure; 10 approves | approved, agreed, done
one | 1 starts; 10 asks; 1 resubmits; 10 approves the-first | Stale: what was asked for has changed since it was shown; look at it again and decide then
two | 1 starts; 10 approves; 11 asks; 1 resubmits; 11 approves | approved
two | 1 starts; 10 approves; 11 asks; 1 resubmits; 11 approves; 10 approves | approved, agreed, done
one | 1 starts; 10 asks; 1 withdraws | withdrawn
one | 1 starts; 10 asks; wait 72; 1 resubmits | NotWaiting: the instance does not wait for this any more: it is expired
one | 1 starts; 10 asks; wait 72; the timer | expired
one | 1 starts; wait 71; 10 approves | approved, agreed, done
one | 1 starts; wait 72; 10 approves | NotWaiting: the instance does not wait for this any more: it is expired
one | 1 starts; wait 71; the timer | NotDue: this falls due only at 2026-11-27T12:00:00Z
one | 1 starts; wait 72; the timer | expired
one | 1 starts; wait 72; the timer; 10 approves | NotWaiting: the instance does not wait for this any more: it is expired
two | 1 starts; 10 approves; wait 72; the timer | expired
escalates | 1 starts; wait 72; the timer | escalated to Administrator, waits
escalates | 1 starts; 22 approves | NotEligible: you may not decide this: this is for 1 of Head to decide
escalates | 1 starts; wait 72; the timer; 22 approves | approved, agreed, done
escalates | 1 starts; wait 72; the timer; 10 approves | approved, agreed, done
escalates | 1 starts; wait 72; the timer; 10 approves the-first | Stale: what was asked for has changed since it was shown; look at it again and decide then
escalates | 1 starts; wait 72; 10 approves | approved, agreed, done
escalates | 1 starts; wait 72; the timer; wait 10; the timer | expired
escalates | 1 starts; wait 72; the timer; wait 10; 22 approves | NotWaiting: the instance does not wait for this any more: it is expired
automatic | 1 starts; wait 72; the timer | agreed, automatic, done
automatic | 1 starts; wait 72; the timer; 10 approves | AlreadyDecided: this was decided already: it was approved at 2026-11-27T12:00:00Z
automatic | 1 starts; 10 asks; wait 72; the timer | expired
then automatic | 1 starts; wait 72; the timer | next stage, waits
then automatic | 1 starts; wait 72; the timer; wait 72; the timer | agreed, automatic, done
automatic | 1 starts; requester gone; wait 72; the timer | agreed, automatic, superseded: needed a requester who may ask for it, found a person who is dismissed
one | 1 starts; book moved; 10 approves | approved, agreed, superseded: needed on the shelf, found in the workshop
one | 1 starts; book moved; 10 rejects | rejected, rejected
one | 1 starts; owner 3; 10 approves | approved, agreed, superseded: needed what was agreed to, found something else
one | 1 starts; fee 5; 10 approves | approved, agreed, -1 +1, done
exact | 1 starts; fee 5; 10 approves | approved, agreed, superseded: needed what was agreed to, found something else
exact | 1 starts; 10 approves | approved, agreed, done
one | 1 starts; requester gone; 10 approves | approved, agreed, superseded: needed a requester who may ask for it, found a person who is dismissed
one | 1 starts; requester gone; 10 rejects | rejected, rejected
one | 1 starts; book moved; 10 asks; 1 resubmits | resubmitted, superseded: needed on the shelf, found in the workshop
";

#[test]
fn every_row_of_the_table() {
    let mut wrong = Vec::new();
    let rows: Vec<_> = TABLE.lines().collect();
    assert!(rows.len() >= 60);
    for row in &rows {
        let [name, play, expected] = row.split(" | ").collect::<Vec<_>>()[..] else { panic!("{row}") };
        let mut parley = Parley::under(policy(name));
        let mut last = String::new();
        for line in play.split("; ") {
            last = parley.play(line);
        }
        if last != expected {
            wrong.push(format!("{name} | {play} | {last}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows came out otherwise:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
