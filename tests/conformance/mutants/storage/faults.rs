//! What is wrong with each wrong store.

faults! {
    /// nothing is wrong
    None,

    /// a refused commit leaves its history
    KeepsHistoryOfRefused,
    /// a refused commit leaves its work
    KeepsWorkOfRefused,
    /// a refused commit leaves the records before the faulty one
    KeepsRecordsOfRefused,
    /// a refused commit is remembered
    RemembersRefused,
    /// a refused commit finishes its tasks
    FinishesTasksOfRefused,
    /// a refused commit finishes its work
    FinishesWorkOfRefused,
    /// a refused commit keeps its unique values
    ReservesKeysOfRefused,
    /// the history of a commit goes missing
    LosesHistory,

    /// the last commit is gone after reopening
    LosesLastCommit,
    /// leases are gone after reopening
    LosesLeases,
    /// attempts are gone after reopening
    LosesAttempts,
    /// turns are those of ids after reopening
    LosesTurns,
    /// commands are gone after reopening
    LosesCommands,
    /// what was finished is back after reopening
    RevivesFinished,
    /// revisions of homes begin anew after reopening
    LosesRevisions,

    /// a commit is written in two halves
    WritesInHalves,
    /// homes are read one after another
    ReadsHomeByHome,
    /// an instance is read in two steps
    ReadsInstanceInTwo,
    /// a total is counted after the page
    CountsLater,
    /// readers see the state before the last commit
    ReadsBehind,

    /// commits are checked, and then stored
    ChecksThenActs,
    /// no home is compared
    IgnoresExpects,
    /// only the first home is compared
    ComparesFirstHome,
    /// only the last home is compared
    ComparesLastHome,
    /// only homes that are written are compared
    ComparesWrittenHomes,
    /// a home may have changed if it is expected to be new
    TakesNoneForAny,
    /// a home may have risen since it was read
    TakesRisenHomes,
    /// revisions of objects are not compared
    IgnoresObjectRevisions,
    /// an object may skip revisions
    SkipsObjectRevisions,
    /// revisions of instances are not compared
    IgnoresInstanceRevisions,
    /// revisions of tasks are not compared when they are done with
    IgnoresTaskRevisions,
    /// a task may be done with in the name of any instance
    IgnoresTaskInstance,
    /// a task that is gone may be done with again
    FinishesTasksTwice,
    /// a commit that contradicts itself is taken
    TakesIllFormed,
    /// homes are given in the order of their ids
    SortsHomes,

    /// a home rises with each of its objects
    CountsObjects,
    /// a home rises with its instances
    CountsInstances,
    /// a home rises with its history
    CountsHistory,
    /// a home rises with its work
    CountsWork,
    /// a home rises when it is read
    CountsReads,
    /// only new objects raise a home
    CountsNewObjects,
    /// a refused commit raises its homes
    CountsRefused,
    /// a repeated commit raises its homes
    CountsRepeated,

    /// records are not linked to the one before
    ForgetsPrevious,
    /// all homes share one chain
    SharesChain,
    /// commits that race link to the same record
    ForksChains,
    /// a refused commit uses up a place in its chain
    LeavesGaps,
    /// drafts of a commit are linked backwards
    ReversesDrafts,
    /// chains stand in the order of times
    SortsChainsByTime,
    /// a home does not show the end of its chain
    HidesHeads,
    /// the answer names the heads before
    AnswersOldHeads,
    /// what is erased can still be read
    NeverErases,
    /// erasing takes the whole record
    ErasesRecords,
    /// erasing takes the personal parts of the whole chain
    ErasesChains,
    /// erasing what is not there is no conflict
    ErasesNothing,
    /// what the same commit writes is erased, too
    ErasesWritten,
    /// erasing reaches into other tenants
    ErasesForOthers,
    /// what is trimmed stays
    NeverTrims,
    /// the record a chain is trimmed up to stays
    TrimsOneLess,
    /// any hash will do to trim
    TrimsBlindly,
    /// a whole chain can be trimmed
    TrimsLast,
    /// what the same commit writes saves the last record from its trim
    TrimsWritten,
    /// what is left of a trimmed chain counts from one
    CountsTrimmedAnew,
    /// personal parts are dropped
    DropsPersonal,
    /// history is given oldest first
    ReadsOldestFirst,
    /// history before a place has the place
    ReadsPlaceToo,
    /// history is given whatever was asked for
    IgnoresHistoryLimit,

    /// no command is known again
    NeverRemembers,
    /// homes are compared before the command is looked up
    ChecksBeforeCommand,
    /// actors share their command ids
    IgnoresActor,
    /// workers are never known again
    ForgetsWorkers,
    /// the last answer counts
    ReplacesAnswers,
    /// a repeated command is stored again
    StoresRepeated,
    /// a repeated command is answered with what was asked
    EchoesRepeated,
    /// as old as the time is forgotten
    ForgetsAsOld,
    /// forgetting takes the younger ones before the last old one along
    ForgetsYounger,
    /// forgetting forgets all
    ForgetsAll,
    /// forgetting says a wrong number
    CountsForgotten,
    /// forgetting takes the history along
    ForgetsHistory,
    /// nothing is ever forgotten
    NeverForgets,

    /// leases are ignored
    GivesLeased,
    /// a lease never ends
    KeepsLeases,
    /// a lease ends too late by a moment
    EndsLate,
    /// attempts are not counted
    NeverCountsAttempts,
    /// attempts begin anew when work is put off
    ResetsAttempts,
    /// work stored under a lease is given at once
    IgnoresStoredLease,
    /// anybody finishes work
    AnybodyFinishes,
    /// a host finishes work that it has lost to itself
    ForgetsWhichAttempt,
    /// nobody but the holder finishes work
    OnlyHolderFinishes,
    /// work that is put off stays leased
    KeepsLeaseOfPutOff,
    /// what went wrong is dropped
    DropsTrouble,
    /// work may be finished that is not there
    FinishesWorkTwice,
    /// work is given before it is due
    IgnoresDue,
    /// more work is given than was asked for
    IgnoresLimit,
    /// the youngest work is given first
    GivesYoungest,
    /// hosts that race get the same work
    SharesWork,
    /// work that is there is replaced
    ReplacesWork,
    /// given work does not say its lease
    HidesLease,

    /// lanes are ignored
    IgnoresLanes,
    /// greater lanes go first
    TurnsLanesAround,
    /// bulk goes with its lane
    IgnoresBulk,
    /// only one lane is given at once
    GivesOneLane,
    /// a lane whose first is not due keeps the others
    WaitsForLane,
    /// of one target, what is in a smaller lane goes first
    TurnsByLane,

    /// targets are ignored
    IgnoresTargets,
    /// turns are those of ids
    TurnsByIds,
    /// turns are those of times
    TurnsByDue,
    /// work that is put off goes to the end of its line
    LosesTurnOfPutOff,
    /// work that is behind keeps its lease
    KeepsLeaseBehind,
    /// work that is behind keeps its attempt
    KeepsAttemptBehind,
    /// work that is behind is not named
    HidesBehind,
    /// all work that is behind is named
    NamesAllBehind,
    /// no target is a target
    TakesNoTargetForOne,
    /// only what is due holds others up
    SkipsUndue,
    /// what is parked is not under way
    HidesParked,
    /// what a host holds is not under way
    HidesLeased,
    /// every target is under way
    TakesAllForUnderWay,
    /// instances have targets of their own
    SplitsTargets,
    /// what waits takes the places of what need not
    LimitsBeforeTurns,
    /// nothing is overtaken
    NeverOvertakes,
    /// of the work of a target, the first alone is overtaken
    OvertakesFirst,
    /// what is overtaken is due when it was
    KeepsDueOfOvertaken,
    /// what is overtaken keeps its time, if it is due sooner
    KeepsSoonerDueOfOvertaken,
    /// what is overtaken is taken from whoever has it
    DropsLeaseOfOvertaken,
    /// the attempts of what is overtaken go missing
    ResetsAttemptsOfOvertaken,
    /// the work of a commit is overtaken by itself
    OvertakesWritten,
    /// work is parked after it is overtaken
    OvertakesBeforeDone,
    /// what is overtaken is dropped
    DropsOvertaken,
    /// what is overtaken stays the first of its line
    LinesUpBehindOvertaken,
    /// work of one instance alone is overtaken
    OvertakesOneInstance,
    /// work of all targets that begin alike is overtaken
    OvertakesBeginnings,
    /// one target of a commit is overtaken
    OvertakesOneTarget,
    /// work of every tenant is overtaken
    OvertakesForOthers,
    /// a refused commit overtakes
    OvertakesOfRefused,
    /// a repeated commit overtakes
    OvertakesRepeated,

    /// timers and requests are not told apart
    MixesSorts,
    /// a timer fires once
    FiresOnce,

    /// values may be shared
    IgnoresUnique,
    /// values may be shared in a commit
    IgnoresUniqueInside,
    /// values of old revisions stay taken
    KeepsOldValues,
    /// only the first value is unique
    ChecksFirstValue,
    /// kinds share their values
    SharesValuesOfKinds,
    /// case is folded
    FoldsCase,
    /// blanks are cut
    CutsBlanks,
    /// every indexed value is unique
    TakesAllForUnique,
    /// a value cannot pass to another record
    JudgesBefore,
    /// a value cannot pass from a task that is done with
    KeepsValuesOfTasksDone,
    /// the value that is taken is not named
    HidesValue,

    /// a refused commit harms the next
    HarmsNext,
    /// commits that race are in conflict, whatever they are about
    RefusesNeighbours,

    /// records are found in the order they came
    SortsByComing,
    /// ties are in the order of coming
    SortsTiesByComing,
    /// texts are sorted without case
    SortsWithoutCase,
    /// a record is found once for each value
    FindsTwice,
    /// one condition is enough
    TakesAnyCondition,
    /// old keys are found
    FindsOldKeys,
    /// conditions on keys without an index are dropped
    DropsConditions,
    /// kinds are not told apart
    FindsAllKinds,
    /// an end of a range is not in it
    CutsRanges,
    /// a kind without an index is empty
    ListsBare,
    /// records are found without their body
    FindsHeadsOnly,

    /// places are counted
    PagesByOffset,
    /// a full page always has a next one
    PromisesMore,
    /// ties are skipped between pages
    SkipsTies,
    /// the last record of a page is the first of the next
    RepeatsPlace,
    /// pages are cut before conditions are applied
    CutsBeforeConditions,
    /// a total is of its page
    TotalsPage,
    /// a total is of what is left
    TotalsRest,
    /// a total of nothing is none
    HidesZero,
    /// totals come unasked
    TotalsUnasked,
    /// a page may be of any size
    IgnoresPageLimit,
    /// a place before the range ends the search
    EndsBeforeRange,

    /// scopes are ignored
    IgnoresScope,
    /// totals are of all scopes
    TotalsAllScopes,
    /// pages are cut before the scope is applied
    CutsBeforeScope,
    /// the next place is that of a record out of scope
    ShowsPlaceBeyond,
    /// what has no unit is in every unit
    TakesNoUnitForAny,

    /// texts end at a NUL
    EndsAtNul,
    /// a target is compared without blanks
    TrimsTargets,
    /// bodies are kept as text
    TakesBodiesForText,
    /// long bodies are cut
    CutsBodies,
    /// empty bodies are a zero
    FillsEmptyBodies,
    /// answers are kept as text
    TakesAnswersForText,
    /// objects are given in the order of ids alone
    SortsObjectsById,

    /// a clock of its own says what is due
    ReadsClock,
    /// a clock of its own forgets commands
    ForgetsByClock,

    /// tenants share homes
    SharesHomes,
    /// tenants share searches
    SharesSearches,
    /// tenants share commands
    SharesCommands,
    /// tenants share unique values
    SharesValues,
    /// tenants share targets
    SharesTargets,
    /// tenants share chains
    SharesChains,
    /// work is finished for any tenant
    FinishesForOthers,
    /// work of one tenant at a time is given
    ClaimsOneTenant,
}
