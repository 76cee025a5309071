/* The release protocol, as the programs speak it: one job, from CUPS to paper. Checked with spin (tests/model/test_model.py).
 *
 * What is modelled, and where it is in C:
 *   Intake    job.commit with CUPS's retries                              server/job-commit.c
 *   Tap       a person presses "print", at two terminals or twice on one page, and again if the answer gets lost; the
 *             directory is asked between the look at the key and the claim    server/job-release.c
 *   Core      each branch is one transaction with what is sent after it   server/job-queue.c, server/job-deliver.c, server/job-purge.c
 *             and asks about what nobody has any more                     server/job-ask.c, deliver/ask.c
 *   Deliver   one process a release, its outcome table                    deliver/release.c, deliver/our-job.c, deliver/outcome.c
 *   Printer   prints while it receives, forgets, restarts, reuses ids, and takes a cut document for a whole one
 *   Owner     says what became of an uncertain job, cancels, or stops what is printing    server/job-stop.c
 *   Chaos     ends the core (it starts again and recovers), a deliver process, a connection; undoes a transaction
 * Left out: who may do what, several jobs, quotas, locks other than as a reason to hand nothing over, keys and the log.
 * A deliver process is trusted to say what it saw; a printer to count its pages (0 impressions means that nothing came out).
 *
 * The invariants are the assertions: search for "I-". Every MUT_ macro takes one rule out; the test expects spin to find each of them.
 *
 * Each run takes one WORLD (see init) and at most FAULTS faults in it; the MUT_ macros go to spin:
 *   spin -a -DWORLD=1 release.pml && gcc -DSAFETY -o pan pan.c && ./pan -m200000
 */

/* server/job-state.def, as far as it is used here; the test compares the two. */
#define CHANGES(T) \
    T(RECEIVING, COMMIT, HELD) \
    T(HELD, CLAIM, RELEASING) \
    T(PRINTED, CLAIM, RELEASING) \
    T(RELEASING, RETURN, HELD) \
    T(RELEASING, COMPLETE, PRINTED) \
    T(RELEASING, DOUBT, UNCERTAIN) \
    T(RELEASING, DAMAGE, DAMAGED) \
    T(UNCERTAIN, SAW, PRINTED) \
    T(UNCERTAIN, AGAIN, HELD) \
    T(HELD, ERASE, ERASED) \
    T(PRINTED, ERASE, ERASED) \
    T(UNCERTAIN, ERASE, ERASED) \
    T(DAMAGED, ERASE, ERASED)

#define RECEIVING 1
#define HELD 2
#define RELEASING 3
#define PRINTED 4
#define UNCERTAIN 5
#define DAMAGED 6
#define ERASED 7

#define COMMIT 1
#define CLAIM 2
#define RETURN 3
#define COMPLETE 4
#define DOUBT 5
#define DAMAGE 6
#define SAW 7
#define AGAIN 8
#define ERASE 9

/* Stages */
#define NONE 0
#define CLAIMED 1
#define HANDED 2
#define CREATED 3
#define SENT 4

/* How far the document had got, and what the printer says became of its job (deliver/outcome.h) */
#define NOTHING 0
#define OPEN 1
#define SENDING 2
#define WHOLE 3
#define UNKNOWN 0
#define DONE 1
#define CLEAN 2
#define SPOILT 3
#define LOST 4

/* A job at the printer */
#define P_NONE 0       /* there is none, or the printer forgot it */
#define P_OPEN 1       /* created, without data */
#define P_RECEIVING 2
#define P_ALL 3        /* it has the document */
#define P_COMPLETED 4
#define P_ENDED 5      /* canceled or aborted */
#define P_FOREIGN 6    /* forgotten, and its id is now that of another job, which completed */

/* From deliver to the core; the V_ are answers to deliver.job */
#define M_CREATED 1
#define M_SENT 2
#define V_PRINTED 3
#define V_HELD 4
#define V_UNCERTAIN 5
#define V_DAMAGED 6
#define V_PRINTING 7   /* not known yet: ask again */
#define YES 1
#define NO 2

#ifndef TAPS
#define TAPS 2         /* 3 takes gigabytes */
#endif
#ifndef FAULTS
#define FAULTS 2       /* in all, of any kind: the core, a deliver process, its connection, the printer, a transaction (a full disk) */
#endif

/* Durable: the job's row, and the keys of releases that were answered */
byte st = RECEIVING, stage = NONE;
bool idem[TAPS];

/* The core's memory */
byte waiting;          /* claims in the queue */
bool busy[TAPS];       /* this deliver process has the job */
bool asked, stop;      /* nobody has it, and its printer is asked; its owner wants it stopped */

/* Between core and deliver process i; each runs one release and is never used again */
bool work[TAPS], conn[TAPS], killed[TAPS];
byte msg[TAPS], ans[TAPS];
bool told[TAPS];       /* to stop */

/* At the printer, the job of deliver process i */
byte pj[TAPS];
bool link[TAPS];       /* its connection, while the document flows */
bool imp[TAPS];        /* it counts impressions: more than 0 */

bool cups = true;      /* CUPS has its copy */
bool bad, keep;        /* the sealed file is damaged; the class allows a reprint */
bool cancel;           /* its owner may cancel it */
bool may_stop;         /* or stop a release */
bool may_wait;         /* its printer may be busy, and it is tried again */
bool resent;           /* CUPS sends it twice */
bool same_page;        /* two taps on one page, not at two terminals */
bool wall, steady;     /* due by this clock */
byte faults = FAULTS;
byte epoch;            /* of the core: which life */

/* What an all-knowing observer notes */
byte out[TAPS];        /* from the job of process i came: 0 nothing, 1 a part, 2 all */
byte copies;           /* whole copies on paper */
byte wanted = 1;       /* copies that the owner has asked for */
bool pressed[TAPS], saw, due;
byte hands, cur;       /* releases handed over; the last one */
byte looks;            /* taps that have begun */

#ifdef COVER
c_decl { static char used[8][10]; }
#define NOTE(event) c_code { if (!used[now.st][now.event_now]++) printf("used %d %d\n", now.st, now.event_now); }
byte event_now;
#define COUNT(event) event_now = event; NOTE(event); event_now = 0
#else
#define COUNT(event) skip
#endif

/* I-table: nothing changes a state in a way that the table has not. */
#define TRY(f, e, t) :: st == f && ev == e -> st = t
inline change(ev)
{
    COUNT(ev);
    if
    CHANGES(TRY)
    :: else -> assert(false)
    fi
}

/* I-twice: never more copies than the owner has asked for. */
inline page()
{
    copies++;
    assert(copies <= wanted)
}

inline end(ev)
{
    change(ev);
    stage = NONE
}

/* qn_deliver_return. I-held: held again means that not a page is out. */
inline give_back()
{
    assert(stage < HANDED || out[cur] == 0);
    end(RETURN)
}

/* What the printer could still say of it, if it is asked. */
#define KNOWN (pj[cur] == P_OPEN || (pj[cur] == P_COMPLETED && stage == SENT) || (pj[cur] == P_ENDED && !imp[cur]))

/* qn_deliver_uncertain. I-uncertain: never while it is certain that no byte has left, and never while the printer knows better, unless
 * it can't be asked for long, or whoever stopped it stands there and sees. */
inline doubt(excuse)
{
    assert(stage >= CREATED);
    assert(excuse || !KNOWN);
    end(DOUBT)
}

/* qn_purge_job. I-lost: a job goes because it is due, because its owner says so, or because it is on paper. */
inline erase(allowed)
{
    assert(allowed);
    end(ERASE)
}

/* qn_ask_take: nobody has it any more. */
inline take()
{
    if
    :: asked -> skip
#ifdef MUT_HELD_AFTER_CREATED
    :: !asked && stage >= SENT -> asked = true
    :: !asked && stage < SENT -> give_back()
#else
#ifdef MUT_DOUBT_AFTER_HANDED
    :: !asked && stage >= HANDED -> doubt(true)
    :: !asked && stage < HANDED -> give_back()
#else
#ifdef MUT_NOT_ASKED
    :: !asked && stage >= CREATED -> doubt(false)
#else
    :: !asked && stage >= CREATED -> asked = true
#endif
    :: !asked && stage < CREATED -> give_back() /* and what may be open at the printer is cancelled there, at best */
#endif
#endif
    fi
}

proctype Intake()
{
#ifdef MUT_ANSWER_BEFORE_COMMIT
    cups = false;
    if
    :: change(COMMIT)
    :: faults > 0 -> faults-- /* here the core ends */
    fi
#else
    atomic {
        change(COMMIT);
        if
        :: !resent -> cups = false; goto done
        :: resent -> skip /* the answer got lost */
        fi
    };
    atomic { /* CUPS sends it again: known by CUPS's own key */
        cups = false;
#ifdef MUT_HOLD_TWICE
        if
        :: st == PRINTED || st == UNCERTAIN -> st = HELD
        :: else -> skip
        fi
#endif
    };
done:
    skip
#endif
}

#ifdef MUT_UNSEEN
#define MAY_CLAIM true
#else
#define MAY_CLAIM (st != PRINTED || looked == PRINTED) /* printed-meanwhile: whose page said "held" does not want a second copy */
#endif

/* job.release number k. Taps 0 and 1 may be two taps on one page: the same key. */
proctype Tap(byte k)
{
    byte key = k, looked, life;
    bool tried;

end_idle:
    atomic {
        (st == HELD || st == PRINTED) && looks == k; /* in order: the others are the same */
        looks++;
        looked = st;
        life = epoch;
        if
        :: k == 1 && same_page -> key = 0
        :: else -> skip
        fi;
        if
        :: idem[key] -> goto done
        :: else -> skip
        fi
    };
again:
    atomic { /* the directory has answered */
        if
        :: life != epoch -> skip /* the core that was asked is gone */
        :: life == epoch && idem[key] -> skip /* a tap beside this one was quicker: it stays at that one's answer */
        :: life == epoch && !idem[key] && (st == HELD || st == PRINTED) && MAY_CLAIM && !wall && !steady ->
            if
            :: st == PRINTED && !pressed[key] && looked == PRINTED -> wanted++ /* a reprint */
            :: else -> skip
            fi;
            pressed[key] = true;
#ifndef MUT_CLAIM_AFTER_CREATED
            end(CLAIM);
            stage = CLAIMED;
#endif
            waiting++;
#ifndef MUT_NO_KEY
            idem[key] = true
#endif
        :: else -> idem[key] = true /* refused, and that is the answer */
        fi;
        if
        :: !tried && !idem[key] -> tried = true; life = epoch; goto again /* no answer came, the browser asks again */
        :: true -> skip
        fi;
done:
        key = 0; looked = 0; life = 0; tried = false
    }
}

#ifdef MUT_CLAIM_AFTER_CREATED
#define MAY_HAND (st == HELD || st == RELEASING)
#define MAY_CREATE(i) (busy[i] && (st == HELD || st == RELEASING))
#else
#define MAY_HAND (st == RELEASING && stage == CLAIMED)
#ifdef MUT_ANY_CONNECTION
#define MAY_CREATE(i) (st == RELEASING && stage >= HANDED)
#else
#define MAY_CREATE(i) (busy[i] && st == RELEASING && stage == HANDED)
#endif
#endif

/* qn_deliver_end: what a process says is believed only as far as the durable stage allows. */
inline decide(what, k, excuse)
{
    if
#ifdef MUT_NO_SENT_RECORD
    :: what == V_PRINTED ->
#else
    :: what == V_PRINTED && stage == SENT ->
#endif
        assert(out[k] == 2); /* I-printed: the printer completed it */
        end(COMPLETE);
        if
        :: !keep -> erase(copies > 0)
        :: else -> skip
        fi
    :: what == V_HELD -> give_back()
    :: what == V_DAMAGED -> assert(bad); end(DAMAGE)
#ifdef MUT_PRINTING_IS_HELD
    :: what == V_PRINTING -> give_back()
#else
    :: what == V_PRINTING && stage >= CREATED -> asked = true
#endif
    :: else ->
        if
        :: stage >= CREATED -> doubt(excuse)
        :: else -> give_back()
        fi
    fi
}

/* verdict_again: the printer is busy, and took nothing. */
inline again()
{
    assert(out[cur] == 0);
    stage = CLAIMED;
    waiting++
}

inline verdict(i)
{
    if
    :: faults > 0 -> faults-- /* rolled back; the lease brings it to an end */
    :: st == RELEASING && msg[i] == V_HELD && !told[i] && may_wait && hands < TAPS -> again()
    :: st == RELEASING -> decide(msg[i], i, told[i]); stop = asked && told[i]
    :: else -> skip
    fi;
    msg[i] = 0;
    told[i] = false;
    busy[i] = false
}

/* A message of process i, or the end of its connection; what it said before may still be heard, or not. */
#define PEER(i) \
    :: atomic { busy[i] && msg[i] >= V_PRINTED -> verdict(i) } \
    :: atomic { HEARD(i) && msg[i] == M_CREATED -> msg[i] = 0; \
        if \
        :: faults > 0 -> faults--; ans[i] = NO \
        :: MAY_CREATE(i) -> CREATE_CLAIMS; stage = CREATED; ans[i] = YES \
        :: else -> ans[i] = NO \
        fi } \
    :: atomic { busy[i] && msg[i] == M_SENT -> msg[i] = 0; \
        if \
        :: faults > 0 -> faults--; ans[i] = NO \
        :: st == RELEASING && stage == CREATED -> stage = SENT; ans[i] = YES \
        :: else -> ans[i] = NO \
        fi } \
    :: atomic { busy[i] && !conn[i] -> msg[i] = 0; busy[i] = false; \
        if \
        :: faults > 0 -> faults-- \
        :: st == RELEASING -> take(); stop = asked && told[i] \
        :: else -> skip \
        fi; \
        told[i] = false }

#ifdef MUT_CLAIM_AFTER_CREATED
#define CREATE_CLAIMS if :: st == HELD -> end(CLAIM) :: else -> skip fi
#else
#define CREATE_CLAIMS skip
#endif
#ifdef MUT_ANY_CONNECTION
#define HEARD(i) true
#else
#define HEARD(i) busy[i]
#endif

#if TAPS > 2
#define HAS_ONE (busy[0] || busy[1] || busy[2])
#else
#define HAS_ONE (busy[0] || busy[1])
#endif

#ifdef MUT_ONE_CLOCK_ERASES
#define PAST_DUE (wall || steady)
#else
#define PAST_DUE (wall && steady)
#endif

/* qn_our_job_look: what an answer of the printer tells of our job. An id that means another job, or nothing, tells nothing. */
inline look(i)
{
    if
    :: pj[i] == P_COMPLETED -> fate = DONE
#ifdef MUT_NO_IMPRESSIONS
    :: pj[i] == P_ENDED -> fate = CLEAN
#else
    :: pj[i] == P_ENDED && !imp[i] -> fate = CLEAN
    :: pj[i] == P_ENDED && imp[i] -> fate = SPOILT
#endif
#ifdef MUT_UNKNOWN_IS_CLEAN
    :: pj[i] == P_NONE -> fate = CLEAN
#else
    :: pj[i] == P_NONE -> fate = LOST
#endif
#ifdef MUT_NO_UUID
    :: pj[i] == P_FOREIGN -> fate = DONE
#else
    :: pj[i] == P_FOREIGN -> fate = LOST
#endif
    :: pj[i] == P_OPEN || pj[i] == P_RECEIVING || pj[i] == P_ALL -> fate = UNKNOWN
    fi
}

/* qn_our_job_settle of a printer that can be reached: looks, cancels what is still ours and has not ended, looks again. */
inline cancelled(i)
{
    link[i] = false;
    if
    :: pj[i] == P_OPEN || pj[i] == P_RECEIVING -> pj[i] = P_ENDED
    :: pj[i] == P_ALL -> /* in time, or with a page out */
        pj[i] = P_ENDED;
        if
        :: true -> skip
        :: out[i] = 1; imp[i] = true
        fi
#ifdef MUT_CANCEL_FIRST
    :: pj[i] == P_FOREIGN -> assert(false) /* I-ours: it is somebody else's job */
#endif
    :: else -> skip
    fi;
    look(i)
}

/* deliver/outcome.c */
inline judge(stopped)
{
    if
    :: file -> say = V_DAMAGED
    :: !file && reach <= OPEN -> say = V_HELD
#ifdef MUT_NO_SENT_RECORD
    :: !file && reach > OPEN && fate == DONE -> say = V_PRINTED
#else
    :: !file && reach == WHOLE && fate == DONE -> say = V_PRINTED
#endif
#ifdef MUT_CLEAN_IS_DOUBT
#else
    :: !file && reach > OPEN && fate == CLEAN -> say = V_HELD
#endif
    :: !file && reach > OPEN && fate == UNKNOWN && !stopped -> say = V_PRINTING
    :: else -> say = V_UNCERTAIN
    fi;
    /* I-uncertain: not where the printer's word is enough, or where it has not said it yet */
    assert(say != V_UNCERTAIN || (reach > OPEN && fate != CLEAN && !(reach == WHOLE && fate == DONE) && (fate != UNKNOWN || stopped)))
}

#define ENDED(i) (pj[i] == P_NONE || pj[i] >= P_COMPLETED)
#ifdef MUT_ASK_WITHOUT_CANCEL
#define SETTLES stop
#else
#define SETTLES (stage == CREATED || stop) /* what was not sent in whole must not come out */
#endif

/* One errand about a job that nobody has, by a process that does nothing else. Only those that find something out: the others change
 * nothing, and are given again. */
inline ask()
{
    reach = (stage == SENT -> WHOLE : SENDING);
    if
    :: SETTLES -> cancelled(cur)
    :: else -> look(cur)
    fi;
    if
    :: faults > 0 -> faults-- /* its answer got lost */
    :: true -> judge(stop); asked = false; decide(say, cur, stop); stop = false
    fi;
    reach = 0; fate = 0; say = 0
}

proctype Core()
{
    byte reach, fate, say;
    bool file;

end_idle:
    do
    :: atomic { waiting > 0 ->
        waiting--;
        if
        :: !MAY_HAND -> skip
        :: MAY_HAND && faults > 0 -> faults-- /* handing and taking back both failed */
        :: MAY_HAND && bad && st == RELEASING -> end(DAMAGE)
        :: MAY_HAND && st == RELEASING && stage == CLAIMED -> give_back() /* locked meanwhile, or the device stays busy */
        :: MAY_HAND && !bad && hands < TAPS ->
#ifndef MUT_CLAIM_AFTER_CREATED
            stage = HANDED;
#endif
            cur = hands;
            hands++;
            busy[cur] = true;
            conn[cur] = true;
            work[cur] = true
        :: MAY_HAND && bad && st == HELD -> skip
        fi }
    :: atomic { asked && (SETTLES || ENDED(cur)) -> ask() }
    :: atomic { asked && faults > 0 -> faults--; asked = false; stop = false; doubt(true) } /* off for a quarter of an hour */
    PEER(0)
    PEER(1)
#if TAPS > 2
    PEER(2)
#endif
#ifndef MUT_NO_LEASE
    :: atomic { st == RELEASING && waiting == 0 && !HAS_ONE && !asked -> take() } /* its lease has ended */
#endif
    :: atomic { PAST_DUE && (st == HELD || st == PRINTED || st == UNCERTAIN || st == DAMAGED) -> erase(due) }
#ifdef MUT_ERASE_WHILE_RELEASING
    :: atomic { PAST_DUE && st == RELEASING -> erase(due) }
#endif
    od
}

#ifdef MUT_ANY_CONNECTION
#define HEARS(i) true
#else
#define HEARS(i) conn[i]
#endif

/* Tells the core and waits for its word. gone: there is none. */
inline tell(what)
{
    if
    :: atomic { HEARS(i) -> msg[i] = what; yes = false };
        if
        :: atomic { ans[i] == YES -> yes = true; ans[i] = 0 }
        :: atomic { ans[i] == NO -> ans[i] = 0 }
        :: atomic { !conn[i] -> ans[i] = 0; gone = true } /* or too late */
        fi
    :: !HEARS(i) -> gone = true
    fi
}

/* release_settle; or the printer can't be reached. */
inline settle()
{
    link[i] = false;
    if
    :: pj[i] == P_OPEN || (reach > OPEN && pj[i] != P_OPEN) -> cancelled(i)
    :: true -> skip
    fi
}

proctype Deliver(byte i)
{
    byte reach, fate, say;
    bool yes, gone, file;

end_idle:
    atomic { work[i] -> work[i] = false };
    {
        if
        :: bad -> file = true; goto answer          /* the first chunks */
        :: goto answer                              /* off, busy, another certificate */
        :: atomic { pj[i] = P_OPEN; goto answer }   /* created, its answer lost */
        :: atomic { pj[i] = P_OPEN; reach = OPEN; settle() }; goto answer /* the look for its uuid fails */
        :: atomic { pj[i] = P_OPEN; reach = OPEN }
        fi;
#ifndef MUT_NO_CREATED_RECORD
        tell(M_CREATED);
        if
        :: atomic { !yes -> settle() }; goto answer
        :: yes -> skip
        fi;
#else
        msg[i] = M_CREATED;                         /* and on without waiting */
#endif
        if
        :: atomic { pj[i] == P_OPEN -> pj[i] = P_RECEIVING; link[i] = true; reach = SENDING }
        :: atomic { pj[i] != P_OPEN -> reach = SENDING; settle() }; goto answer
        :: atomic { settle() }; goto answer         /* it can't be reached: no byte */
        fi;
        if
        :: atomic { pj[i] == P_RECEIVING && !bad -> pj[i] = P_ALL; link[i] = false; reach = WHOLE }
        :: atomic { pj[i] == P_RECEIVING && !bad -> pj[i] = P_ALL; settle() }; goto answer /* its answer lost */
        :: atomic { bad -> file = true; settle() }; goto answer
        :: link[i] = false; atomic { settle() }; goto answer /* broken off */
        fi;
#ifdef MUT_NO_CREATED_RECORD
        ans[i] = 0;
#endif
        tell(M_SENT);
        if
        :: gone -> goto answer                      /* it prints; nobody is left to tell */
        :: atomic { !gone && pj[i] != P_ALL -> look(i) }
        :: atomic { !gone && told[i] -> settle() }  /* its owner wants it stopped */
        :: !gone -> skip                            /* it does not move, or can't be reached: the core asks later */
        :: atomic { !conn[i] -> gone = true }
        fi;
answer:
        atomic {
            judge(told[i]);
            if
            :: !gone && conn[i] && busy[i] -> msg[i] = say
            :: else -> skip
            fi
        }
    } unless { killed[i] };
    atomic {
        link[i] = false;
        conn[i] = false;
        reach = 0; fate = 0; say = 0; yes = false; gone = false; file = false
    }
}

#define AT_PRINTER(i) \
    :: atomic { pj[i] == P_RECEIVING && out[i] == 0 -> out[i] = 1; imp[i] = true } /* pages come out while it receives */ \
    :: atomic { pj[i] == P_ALL -> pj[i] = P_COMPLETED; out[i] = 2; imp[i] = true; page() } \
    :: atomic { pj[i] == P_RECEIVING && !link[i] -> /* cut: it gives up, or takes it for a whole one */ \
        if \
        :: pj[i] = P_ENDED \
        :: pj[i] = P_COMPLETED; out[i] = 1; imp[i] = true \
        fi } \
    :: atomic { faults > 0 && (pj[i] == P_OPEN || pj[i] == P_RECEIVING || pj[i] == P_ALL) -> /* jam, cancelled at its panel */ \
        faults--; \
        if \
        :: pj[i] == P_ALL -> out[i] = 1; imp[i] = true \
        :: true -> skip \
        fi; \
        pj[i] = P_ENDED; link[i] = false } \
    :: atomic { faults > 0 && pj[i] != P_NONE && pj[i] != P_FOREIGN -> /* off and on, at worst with the paper out */ \
        faults--; \
        if \
        :: pj[i] == P_ALL -> out[i] = 2; page() \
        :: pj[i] == P_ALL -> out[i] = 1 \
        :: true -> skip \
        fi; \
        link[i] = false; \
        if \
        :: pj[i] = P_NONE \
        :: pj[i] = P_FOREIGN \
        fi }

proctype Printer()
{
end_idle:
    do
    AT_PRINTER(0)
    AT_PRINTER(1)
#if TAPS > 2
    AT_PRINTER(2)
#endif
    od
}

/* job.stop: wherever it is */
inline stop_it()
{
    if
    :: stage == CLAIMED ->
        if
        :: waiting > 0 -> waiting--
        :: else -> skip
        fi;
        give_back()
#ifdef MUT_STOP_WITHOUT_CANCEL
    :: busy[0] -> busy[0] = false; give_back()
    :: busy[1] -> busy[1] = false; give_back()
#else
    :: busy[0] -> told[0] = true
    :: busy[1] -> told[1] = true
#endif
    :: asked -> stop = true
    :: else -> skip
    fi
}

proctype Owner()
{
    byte acts = 1, stops = 1;

end_idle:
    do
    :: atomic { acts > 0 && st == UNCERTAIN -> acts--;
        if
        :: change(SAW); saw = true;
            if
            :: !keep -> erase(saw)
            :: else -> skip
            fi
        :: change(AGAIN); wanted++
        fi }
    :: atomic { may_stop && stops > 0 && st == RELEASING -> stops--; stop_it() }
    :: atomic { cancel && (st == HELD || st == PRINTED || st == UNCERTAIN || st == DAMAGED) -> cancel = false; erase(true) }
    od
}

/* One clock may be wrong; when it is really due, both say so. */
proctype Time(bool real)
{
    atomic { wall = true; steady = real; due = real }
}

#define BREAK(i) \
    :: atomic { faults > 0 && conn[i] -> faults--; killed[i] = true; conn[i] = false } \
    :: atomic { faults > 0 && conn[i] -> faults--; conn[i] = false }

proctype Chaos()
{
    byte i;

end_idle:
    do
    :: atomic { faults > 0 && st != RECEIVING -> /* what it wrote into a socket before is still read */
        faults--;
        epoch++;
        waiting = 0;
        asked = false;
        stop = false;
        for (i : 0 .. TAPS - 1) {
            busy[i] = false; conn[i] = false; msg[i] = 0; told[i] = false
        }
        i = 0;
        if
        :: st == RELEASING -> take() /* qn_ask_recover, before anything else */
        :: else -> skip
        fi }
    BREAK(0)
    BREAK(1)
#if TAPS > 2
    BREAK(2)
#endif
    od
}

#ifdef WORLD
#define W(n) (n == WORLD)
#else
#define W(n) true
#endif

init
{
    byte i;

    atomic {
        if
        :: keep = true
        :: true -> skip
        fi;
        if /* one of them at a time */
        :: W(1) -> skip
        :: W(2) -> bad = true; cancel = true
        :: W(3) -> cancel = true
        :: W(4) -> run Time(true)
        :: W(5) -> run Time(false)
        :: W(6) -> resent = true
        :: W(7) -> same_page = true
        :: W(8) -> may_stop = true
        :: W(9) -> may_wait = true
        fi;
        run Intake();
        run Core();
        run Printer();
        run Owner();
        run Chaos();
        for (i : 0 .. TAPS - 1) {
            run Tap(i);
            run Deliver(i)
        }
        i = 0
    };
    timeout; /* nothing more happens */
    assert(st != RELEASING);         /* I-resolved */
    assert(cups || st != RECEIVING)  /* I-lost: acknowledged means that it is in the database */
}
