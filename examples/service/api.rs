//! The calls. Each is one call to the library, which asks directory and rights anew, decides, and commits.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use cardflow::ports::Search;
use cardflow::runtime::{InboxQuery, Standing};
use cardflow::values::{Answers, InstanceId, ObjectRef, TaskId};
use serde_json::{Value, json};

use crate::body::{self, Answered, InNameOf, Judged, List, Wanted, Whose};
use crate::caller::Caller;
use crate::fault::Fault;
use crate::host::Host;

type Cards = State<Arc<Host>>;
type Body<T> = Result<Json<T>, JsonRejection>;
type Answer = Result<Json<Value>, Fault>;

/// Bodies are answers to forms, and scripts of options at most.
const BODY: usize = 256 * 1024;

/// Every call there is.
pub fn routes(host: Arc<Host>) -> Router {
    Router::new()
        .route("/cards", get(search))
        .route("/objects/{id}", get(open))
        .route("/objects/{id}/history", get(history))
        .route("/objects/{id}/processes/{name}", post(start))
        .route("/instances/{id}", get(standing))
        .route("/instances/{id}/next", post(next))
        .route("/instances/{id}/cancel", post(cancel))
        .route("/instances/{id}/request", get(request))
        .route("/instances/{id}/judge", post(judge))
        .route("/instances/{id}/history", get(run_history))
        .route("/instances/{id}/tasks/{task}/claim", post(claim))
        .route("/inbox", get(inbox))
        .route("/options", put(propose_options))
        .route("/options/{version}/activate", post(activate_options))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(host)
}

async fn search(State(host): Cards, caller: Caller, Query(wanted): Query<Wanted>) -> Answer {
    let mut search = Search::cards();
    if let Some(text) = &wanted.text {
        search = search.text(text);
    }
    if let Some(number) = &wanted.number {
        search = search.number(number);
    }
    let page = host.cards.search(caller.call(), search).await?;
    let items: Vec<_> = page.items.iter().map(|it| body::object(it.id, &it.object)).collect();
    Ok(Json(json!({ "items": items, "more": page.next.is_some() })))
}

async fn open(State(host): Cards, caller: Caller, Path(id): Path<ObjectRef>) -> Answer {
    Ok(Json(body::open(&host.cards.open(caller.call(), id).await?)))
}

/// What happened to a card and all that is at home with it, with the chain verified.
async fn history(State(host): Cards, caller: Caller, Path(id): Path<ObjectRef>) -> Answer {
    let history = host.cards.history(caller.call(), id).await?;
    let fault = history.verified.as_ref().err().map(ToString::to_string);
    let records: Vec<_> = history.records.iter().map(body::happened).collect();
    Ok(Json(json!({ "records": records, "fault": fault })))
}

/// What one run did.
async fn run_history(State(host): Cards, caller: Caller, Path(id): Path<InstanceId>) -> Answer {
    let subject = host.cards.standing(caller.call(), id, &Answers::none()).await?.subject;
    let history = host.cards.history(caller.call(), subject).await?;
    let of_run = history.records.iter().filter(|it| it.entry.run.as_ref().is_some_and(|run| run.instance == id));
    Ok(Json(json!({ "records": of_run.map(body::happened).collect::<Vec<_>>() })))
}

async fn start(
    State(host): Cards,
    caller: Caller,
    Path((id, name)): Path<(ObjectRef, String)>,
    Query(InNameOf { on_behalf_of }): Query<InNameOf>,
) -> Result<(StatusCode, Json<Value>), Fault> {
    let standing = match on_behalf_of {
        Some(person) => host.cards.start_on_behalf(caller.call(), person, &name, id).await?,
        None => host.cards.start(caller.call(), &name, id).await?,
    };
    Ok((StatusCode::CREATED, Json(body::standing(&standing))))
}

async fn standing(State(host): Cards, caller: Caller, Path(id): Path<InstanceId>) -> Answer {
    stands(host.cards.standing(caller.call(), id, &Answers::none()).await?)
}

async fn next(State(host): Cards, caller: Caller, Path(id): Path<InstanceId>, body: Body<Answered>) -> Answer {
    let Json(answered) = body?;
    stands(host.cards.next(caller.call(), id, answered.into()).await?)
}

async fn cancel(State(host): Cards, caller: Caller, Path(id): Path<InstanceId>) -> Answer {
    stands(host.cards.cancel(caller.call(), id).await?)
}

/// A request for approval, as whoever decides sees it.
async fn request(State(host): Cards, caller: Caller, Path(id): Path<InstanceId>) -> Answer {
    let request = host.cards.request(caller.call(), id).await?;
    Ok(Json(json!({ "requester": request.requester, "standing": body::standing(&request.standing) })))
}

async fn judge(State(host): Cards, caller: Caller, Path(id): Path<InstanceId>, body: Body<Judged>) -> Answer {
    let Json(judged) = body?;
    stands(host.cards.judge(caller.call(), id, judged.into()).await?)
}

async fn inbox(State(host): Cards, caller: Caller, Query(Whose { whose }): Query<Whose>) -> Answer {
    let query = match whose {
        List::Groups => InboxQuery::groups(),
        List::Mine => InboxQuery::mine(),
        List::All => InboxQuery::all(),
    };
    let page = host.cards.inbox(caller.call(), query).await?;
    Ok(Json(json!({ "items": page.items, "more": page.next.is_some() })))
}

async fn claim(State(host): Cards, caller: Caller, Path((id, task)): Path<(InstanceId, TaskId)>) -> Answer {
    Ok(Json(json!(host.cards.claim(caller.call(), id, task).await?)))
}

/// The script of the options, as text. Another administrator puts it in force.
async fn propose_options(State(host): Cards, caller: Caller, script: String) -> Answer {
    let proposed = host.cards.propose_options(caller.call(), &script).await?;
    Ok(Json(json!({ "version": proposed.version })))
}

async fn activate_options(State(host): Cards, caller: Caller, Path(version): Path<u64>) -> Answer {
    let activated = host.cards.activate_options(caller.call(), version).await?;
    Ok(Json(json!({ "version": activated.version })))
}

fn stands(standing: Standing<cardflow::cards::Cards>) -> Answer {
    Ok(Json(body::standing(&standing)))
}
