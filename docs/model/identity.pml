/*
 * The pointer and version protocol of One ID, for SPIN. How to read and run it: README.md. Each inline and proctype bears
 * the name of the function that it stands for, in functions/stitch or functions/shared/person; checks.pml holds what must
 * hold, scenarios.pml who meets whom.
 *
 * As in the code: a worker reads documents one after the other while others write; it follows pointers through what it has
 * read; it commits a group of documents at once, if none of those that it WRITES has changed since it was read; it tries again
 * after a lost race or a stale read. It may crash between any two steps: its batch goes back to the stream, for any worker. A
 * commit may be made though its reply says "conflict".
 *
 * Abstracted away:
 * - Versions are not numbers. `stale` says which of a view's documents have been written since they were read: the same test.
 * - `resolve` knows shared identifiers and unbound edges; unique types, limits and confidence choose edges, not steps.
 * - An event carries one identifier or two, a batch two events at most; events of a batch are joined one by one, not by lots.
 * - An aggregate is the set of its events and their count. Dedupe chunks, profiles, zones, rows of identity_map and
 *   documents that are too large are unplaced out.
 * - A component says which of its members own events, and only those are read to look at a person. Here all are: one that
 *   owns none says nothing, and whoever gives it its first event writes the component in the same commit.
 * - What is asked for after the commit is not remembered: it would only save asking for it again.
 * - An owner may be read as it was a moment ago. Whoever has a new event is written under the version read, and before
 *   evidence is joined such reads are confirmed or count as stale: so it is a worker that began earlier, of which there are some.
 * - After its commit the code reads anew also what it wrote of identifiers that own none of its events; here nothing of that.
 * - A One ID is the number of the identifier that founds the person, and so is the name of that identifier's document.
 * - The wait between attempts is any time at all; attempts are not counted.
 *
 * Switches that break the protocol, to see that SPIN notices: NO_VERSION_CHECK, NO_STALE_READ, NO_FORWARD, NO_DEDUPE,
 * NO_ATOMIC_COMMIT, NO_ASK_AGAIN, NO_LOOK_LATER, FOUNDER_APART, NO_FORMER, LAKE_AFTER.
 *
 * Four more undo what was learnt since. NO_RESTS_ON: evidence that rests on what another event of its batch changes may be
 * committed without it. RING_IS_DEFECT: pointers that were read at different times and run in a ring are an error, not a
 * stale read. NO_LOOK_AT_MOVES: a repeated event that had brought evidence does not have its persons looked at again.
 * NO_CONFIRM_WAYS: who is led to a component that does not hold him stands alone, though it may have been read too early.
 */
#include "scenarios.pml"

#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef LOST
#define LOST 0
#endif

#define WORKERS 3
#define STORE WORKERS
#define IDENTIFIERS 4
#define COMPONENTS 6
#define EDGES 6
#define EVENTS 6
#define UNKNOWN 255

#define BIT(x) (1 << (x))
#define HAS(set, x) (((set) >> (x)) & 1)
#define BOTH(set, x, y) (HAS(set, x) && HAS(set, y))
/* The two ends of an edge: 0-1, 0-2, 0-3, 1-2, 1-3, 2-3; and the edge between two ends. */
#define A(e) ((e) < 3 -> 0 : ((e) < 5 -> 1 : 2))
#define B(e) ((e) < 3 -> (e) + 1 : ((e) < 5 -> (e) - 1 : 3))
#define EDGE(x, y) ((x) + (y) - ((x) == 0 || (y) == 0 -> 1 : 0))
#define EDGE_OF(ev) EDGE(OWNER(ev), OTHER(ev))
/* Documents: `i:` are 0 to 3, `c:` of component 1 and on follow. Component 0 is none. */
#define I_DOCS (BIT(IDENTIFIERS) - 1)
#define C_DOC(id) (IDENTIFIERS + (id) - 1)

typedef IdentifierDoc { byte component; byte seen; byte count; bit armed };
typedef ComponentDoc {
  byte to;
  byte moved[IDENTIFIERS];
  /* Evidence: edges that join, and edges that part. */
  byte plus; byte minus;
  /* External: the same, to shared identifiers. */
  byte xplus; byte xminus;
  /* Sightings; and those who were founders once. */
  byte members; byte former
};
/* What a worker has read and changed; the last one is the store itself. */
typedef WorkingSet {
  IdentifierDoc i[IDENTIFIERS];
  ComponentDoc c[COMPONENTS];
  short read; short changed; short stale
};
WorkingSet view[WORKERS + 1];

/* One IDs that were ever given: nobody reads this but the checks. */
byte given;
byte lakeEvents;
bool asked;
byte crashes = CRASHES;
byte lost = LOST;
/* Batches that have not been worked through. */
byte outstanding;
/* Somebody has written since the worker's attempt began: else nothing may fail. */
bool disturbed[WORKERS];

#define COMP(v, id) view[v].c[(id) - 1]
#define EXISTS(v, k) (view[v].i[k].seen != 0 || view[v].i[k].component != 0)
#define BORN(v, id) (COMP(v, id).members != 0 || COMP(v, id).to != 0 || COMP(v, id).moved[0] != 0 || \
  COMP(v, id).moved[1] != 0 || COMP(v, id).moved[2] != 0 || COMP(v, id).moved[3] != 0)

/* Scratch of the steps below; each step sets what it reads, so none of it is part of the state. */
hidden byte k, e, x, y, id, hop, onward, round, best, size, seq;
hidden byte need, missing, comps, plus, minus, sight, hubs, shared, founded, effective, joining, unused, only, targets, unplaced;
hidden byte at[IDENTIFIERS], label[IDENTIFIERS], part[IDENTIFIERS], was[IDENTIFIERS], home[IDENTIFIERS];
hidden byte wasShared, isHub, pointed, chosen;
hidden short docs;
hidden byte ring, torn;
hidden short way;
hidden ComponentDoc fresh;
hidden ComponentDoc before[COMPONENTS];

#define COPY_COMPONENT(dst, src) \
  dst.to = src.to; dst.moved[0] = src.moved[0]; dst.moved[1] = src.moved[1]; dst.moved[2] = src.moved[2]; \
  dst.moved[3] = src.moved[3]; dst.plus = src.plus; dst.minus = src.minus; dst.xplus = src.xplus; \
  dst.xminus = src.xminus; dst.members = src.members; dst.former = src.former
#define COPY_IDENTIFIER(dst, src) \
  dst.component = src.component; dst.seen = src.seen; dst.count = src.count; dst.armed = src.armed
#define FORGET_COMPONENT(c) \
  c.to = 0; c.moved[0] = 0; c.moved[1] = 0; c.moved[2] = 0; c.moved[3] = 0; \
  c.plus = 0; c.minus = 0; c.xplus = 0; c.xminus = 0; c.members = 0; c.former = 0
#define FORGET_IDENTIFIER(i) i.component = 0; i.seen = 0; i.count = 0; i.armed = 0
#define LOWEST(set) (HAS(set, 0) -> 0 : (HAS(set, 1) -> 1 : (HAS(set, 2) -> 2 : 3)))

#define NEW_WORKING_SET(v) \
  for (k : 0 .. IDENTIFIERS - 1) { FORGET_IDENTIFIER(view[v].i[k]) } \
  for (id : 1 .. COMPONENTS) { FORGET_COMPONENT(COMP(v, id)) } \
  view[v].read = 0; view[v].changed = 0; view[v].stale = 0

/* As above, but what was just committed stays as it was then. */
#define AFTER_COMMIT(v) \
  for (k : 0 .. IDENTIFIERS - 1) { if :: HAS(committed, k) -> skip :: else -> FORGET_IDENTIFIER(view[v].i[k]) fi } \
  for (id : 1 .. COMPONENTS) { if :: HAS(committed, C_DOC(id)) -> skip :: else -> FORGET_COMPONENT(COMP(v, id)) fi } \
  view[v].read = committed; view[v].changed = 0; view[v].stale = 0

/* Reads one document: one step, and others may write before the next. */
inline load(v, doc) {
  x = doc;
  if
  :: HAS(view[v].changed, x) -> skip
  :: !HAS(view[v].changed, x) && x < IDENTIFIERS -> COPY_IDENTIFIER(view[v].i[x], view[STORE].i[x])
  :: else -> COPY_COMPONENT(view[v].c[x - IDENTIFIERS], view[STORE].c[x - IDENTIFIERS])
  fi;
  view[v].read = view[v].read | BIT(x);
  view[v].stale = view[v].stale & ~BIT(x)
}

/*
 * Follows the pointers of some identifiers as far as was read: at[], or the document that is needed next. torn: one leads to a
 * component that does not hold it, and a document on the way has been written since it was read.
 */
inline locate(v, keys) {
  need = UNKNOWN; ring = false; torn = false;
  for (k : 0 .. IDENTIFIERS - 1) {
    at[k] = 0; hop = 0; way = BIT(k);
    if
    :: HAS(keys, k) ->
      id = view[v].i[k].component;
      do
      :: id == 0 || ring -> break
      :: id != 0 && !ring ->
        if
        :: !HAS(view[v].read, C_DOC(id)) -> need = C_DOC(id); break
        :: else ->
          way = way | BIT(C_DOC(id));
          onward = (COMP(v, id).to != 0 -> COMP(v, id).to : COMP(v, id).moved[k]);
#ifdef NO_FORWARD
          onward = 0;
#endif
          if
          :: onward == 0 ->
            at[k] = id;
            torn = torn || (!HAS(COMP(v, id).members, k) && (way & view[v].stale) != 0);
            break
          :: else -> id = onward; hop++; ring = (hop > COMPONENTS)
          fi
        fi
      od
    :: else
    fi
  }
#ifdef NO_CONFIRM_WAYS
  torn = false
#endif
}

#include "join.pml"
#include "checks.pml"

#define UNREAD(keys) ((keys) & I_DOCS & ~view[w].read)
#define MAYBE_CRASH if :: crashes > 0 -> crashes--; goto crash :: true fi

/* How a step that reads ends: there is more to read, all is there, or what was read does not fit together. */
#define MORE 0
#define DONE 1
#define STALE 2
#ifdef RING_IS_DEFECT
#define FOUND_RING assert(false)
#else
#define FOUND_RING next = STALE
#endif
#define GO_ON if :: next == STALE -> next = 0; FAIL :: next == DONE -> next = 0; break :: next == MORE fi
/* What failed is tried again; but only what others have done may make it fail, or it would fail for ever. */
#define FAIL assert(disturbed[w]); goto again

/* Finds duplicates, and the identifiers of the evidence that is new. */
inline foldBatch() {
  do
  :: d_step { UNREAD(keys) != 0 -> load(w, LOWEST(UNREAD(keys))) }
  :: d_step {
      UNREAD(keys) == 0 ->
      news = 0; evidence = 0; keys = 0;
      for (y : 0 .. EVENTS - 1) {
        if
        :: !HAS(open, y) -> skip
#ifndef NO_DEDUPE
        :: HAS(open, y) && HAS(view[w].i[OWNER(y)].seen, y) ->
          only = (view[w].i[OWNER(y)].component != 0);
          later = later | ((HAS(TRIGGER, y) && only) << OWNER(y));
#ifndef NO_LOOK_AT_MOVES
          later = later | (only << OWNER(y));
          look = look | (OTHER(y) != OWNER(y) -> BIT(OWNER(y)) | BIT(OTHER(y)) : 0)
#endif
#endif
        :: else ->
          news = news | EVENT(y); only = 1;
          for (x : 0 .. EVENTS - 1) {
            if
            :: HAS(view[w].i[OWNER(y)].seen, x) && OWNER(x) == OWNER(y) && OTHER(x) == OTHER(y) &&
               HAS(UNBINDS, x) == HAS(UNBINDS, y) -> only = 0
            :: else
            fi
          }
          evidence = evidence | (only << y);
          keys = keys | (only << OWNER(y)) | (only << OTHER(y))
        fi
      }
    }; break
  od
}

/* Reads the identifiers of all new evidence, then follows their pointers; then brings in one event after the other. */
inline joinEvidence() {
  do
  :: d_step { UNREAD(keys) != 0 -> load(w, LOWEST(UNREAD(keys))) }
  :: atomic {
      UNREAD(keys) == 0 -> d_step {
        locate(w, keys);
        if
        :: ring -> FOUND_RING
        :: torn && !ring -> next = STALE
        :: !ring && !torn && need != UNKNOWN -> load(w, need)
        :: else -> keys = 0; todo = news; next = DONE
        fi
      };
      GO_ON
    }
  od;
  do
  :: todo == 0 -> break
  :: atomic { todo != 0 -> d_step {
        ev = 0;
        do :: !HAS(todo, ev) -> ev++ :: else -> break od;
        todo = todo & ~EVENT(ev);
        later = later | ((HAS(TRIGGER, ev) || !EXISTS(w, OWNER(ev))) << OWNER(ev))
      };
      if
      :: HAS(evidence, ev) -> bringIn()
      :: else -> d_step { docs = BIT(OWNER(ev)); foldEvent() }
      fi
    }
  od
}

/* Loads and resolves what the event concerns; then changes it, in the working set. */
inline bringIn() {
  pool = BIT(OWNER(ev)) | BIT(OTHER(ev));
  do
  :: d_step { UNREAD(pool | extra) != 0 -> load(w, LOWEST(UNREAD(pool | extra))) }
  :: atomic {
      UNREAD(pool | extra) == 0 -> d_step {
        loadKnown();
        locate(w, pool);
        if
        :: ring -> FOUND_RING
        :: torn && !ring -> next = STALE
        :: behind && !ring && !torn -> next = STALE
        :: !behind && !ring && !torn && need != UNKNOWN -> load(w, need)
        :: else ->
          loadMembers();
          if
          :: extra != 0 -> skip
          :: else -> addEvidence(); touchIdentifiers(); foldEvent(); next = DONE
          fi
        fi;
        behind = false
      };
      GO_ON
    }
  od
}

/* Identifiers that stored evidence names are in a component; one that shows none was read too early. */
inline loadKnown() {
  behind = false;
  for (k : 0 .. IDENTIFIERS - 1) { behind = behind || (HAS(extra, k) && view[w].i[k].component == 0) }
#ifdef NO_STALE_READ
  behind = false;
#endif
  pool = pool | extra; extra = 0
}

/* The pool so far; extra: hubs, or members of its persons, that are not in it yet. */
inline loadMembers() {
  absorb(w, pool);
  extra = hubs & ~sight;
  sight = sight | BIT(OWNER(ev)) | BIT(OTHER(ev));
  if
  :: OWNER(ev) != OTHER(ev) && HAS(UNBINDS, ev) -> minus = minus | BIT(EDGE_OF(ev))
  :: OWNER(ev) != OTHER(ev) && !HAS(UNBINDS, ev) -> plus = plus | BIT(EDGE_OF(ev))
  :: else
  fi;
  if
  :: extra == 0 -> resolvePool()
  :: else
  fi
}

inline resolvePool() {
  resolve(plus, minus);
  for (x : 0 .. IDENTIFIERS - 1) {
    for (y : 0 .. IDENTIFIERS - 1) {
      if
      :: HAS(sight, x) && !HAS(sight, y) && label[x] == label[y] -> extra = extra | BIT(y)
      :: else
      fi
    }
  }
}

inline addEvidence() {
  previousOneIds(w);
  resolve(plus, minus);
  effectiveParts();
  writeParts(w, ev);
#ifndef NO_RESTS_ON
  restsOn();
#endif
  changesOf()
}

/* Components that the other event of the batch has changed, and that this one found so: not committed without them. */
inline restsOn() {
  for (id : 1 .. COMPONENTS) { docs = docs | ((HAS(comps, id) && HAS(view[w].changed, C_DOC(id))) << C_DOC(id)) }
}

/* Whose person is another now: they are looked at. */
inline changesOf() {
  for (y : 0 .. IDENTIFIERS - 1) {
    if
    :: HAS(sight, y) && (was[y] != label[y] || HAS(wasShared, y) != HAS(shared, y)) ->
      if
      :: was[y] != UNKNOWN -> look = look | BIT(y) | ((label[was[y]] == was[y]) << was[y])
      :: else
      fi
    :: else
    fi
  }
}

/* Writes the new pointers of the event's identifiers. Others keep theirs, and components send on who follows them. */
inline touchIdentifiers() {
  later = later | ((view[w].i[OWNER(ev)].component == 0 && home[OWNER(ev)] != 0) << OWNER(ev));
  docs = docs | BIT(OWNER(ev));
  for (k : 0 .. IDENTIFIERS - 1) {
    if
    :: (k == OWNER(ev) || k == OTHER(ev)) && home[k] != 0 && home[k] != view[w].i[k].component ->
      view[w].i[k].component = home[k]; docs = docs | BIT(k)
    :: else
    fi
  }
}

/* Counts the event in its owner, and plans the commit: documents that hang together are written together. */
inline foldEvent() {
  view[w].i[OWNER(ev)].seen = view[w].i[OWNER(ev)].seen | EVENT(ev);
  view[w].i[OWNER(ev)].count++;
  view[w].changed = view[w].changed | docs;
  pool = 0; extra = 0;
  planCommits()
}

inline planCommits() {
#ifdef NO_ATOMIC_COMMIT
  group0 = group0 | (docs & I_DOCS); group1 = group1 | (docs & ~I_DOCS)
#elif defined(FOUNDER_APART)
  only = (OTHER(ev) == OWNER(ev) -> 0 : BIT((OTHER(ev) < OWNER(ev) -> OTHER(ev) : OWNER(ev))));
  group0 = group0 | (docs & ~only); group1 = group1 | (docs & only)
#else
  if
  :: group0 == 0 || (group0 & docs) != 0 -> group0 = group0 | docs
  :: else -> group1 = group1 | docs
  fi;
  if
  :: (group0 & group1) != 0 -> group0 = group0 | group1; group1 = 0
  :: else
  fi
#endif
}

/* The person that holds an identifier: who. */
#define PERSON_OF(v, key) \
  who = BIT(key); \
  if \
  :: at[key] != 0 && HAS(COMP(v, at[key]).members, key) -> \
    personOf(v, key) \
  :: else \
  fi

inline personOf(v, key) {
  resolve(COMP(v, at[key]).plus, COMP(v, at[key]).minus);
  for (k : 0 .. IDENTIFIERS - 1) {
    if
    :: HAS(COMP(v, at[key]).members, k) && label[k] == label[key] -> who = who | BIT(k)
    :: else
    fi
  }
}

/*
 * Whom to look at before the commit: those whose identifiers moved, and of the others those that are alone, or that are
 * expected to ask for something. What the code expects is any guess here.
 */
inline keysToLookAt() {
  for (y : 0 .. IDENTIFIERS - 1) {
    if
    :: HAS(later, y) && view[w].i[y].component == 0 -> look = look | BIT(y)
    :: else
    fi
  }
  later = later & ~look;
  if
  :: TRIGGER == NONE -> look = 0; later = 0
  :: else
  fi
#ifdef NO_LOOK_LATER
  later = 0
#endif
}

/* Reads the persons of the identifiers in `look`; ask: one of them has all that triggers, and was not asked for. */
inline lookAt() {
  do
  :: d_step { UNREAD(look | members) != 0 -> load(w, LOWEST(UNREAD(look | members))) }
  :: atomic {
      UNREAD(look | members) == 0 -> d_step {
        locate(w, look);
        if
        :: ring -> FOUND_RING
        :: torn && !ring -> next = STALE
        :: !ring && !torn && need != UNKNOWN -> load(w, need)
        :: else ->
          members = 0; ask = false; keepers = 0;
          for (y : 0 .. IDENTIFIERS - 1) {
            if
            :: HAS(look, y) ->
              PERSON_OF(w, y);
              members = members | who;
              x = 0; only = 0;
              for (k : 0 .. IDENTIFIERS - 1) {
                if
                :: HAS(who, k) -> x = x | view[w].i[k].seen; only = only | view[w].i[k].armed
                :: else
                fi
              }
              if
              :: (TRIGGER & ~x) == 0 && !only -> ask = true; keepers = keepers | who
              :: else
              fi
            :: else
            fi
          };
          who = 0;
          if
          :: UNREAD(members) != 0 -> ask = false; keepers = 0
          :: else -> members = 0; next = DONE
          fi
        fi
      };
      GO_ON
    }
  od
}

/* Asks before the commit. An owner of this batch remembers it. The lake has the events before they are counted, too. */
inline askForTimers() {
  atomic {
    if
    :: true
    :: later != 0 -> look = look | later
    fi;
    d_step { keysToLookAt() }
  };
  if
  :: look == 0 -> skip
  :: else -> lookAt()
  fi;
  atomic {
    d_step {
      for (y : 0 .. EVENTS - 1) {
        if
        :: HAS(news, y) && HAS(keepers, OWNER(y)) -> view[w].i[OWNER(y)].armed = 1; keepers = 0
        :: else
        fi
      }
      keepers = 0;
      asked = asked || ask; ask = false;
#ifndef LAKE_AFTER
      lakeEvents = lakeEvents | news
#endif
    };
    MAYBE_CRASH
  }
}

/* Writes a group of documents if none of them has changed since it was read. */
inline commit(group) {
  d_step {
    ok = true;
#ifndef NO_VERSION_CHECK
    ok = ((view[w].stale & group) == 0);
#endif
    if
    :: ok ->
      for (y : 0 .. IDENTIFIERS + COMPONENTS - 1) {
        if
        :: HAS(group, y) && y < IDENTIFIERS -> COPY_IDENTIFIER(view[STORE].i[y], view[w].i[y])
        :: HAS(group, y) && y >= IDENTIFIERS ->
          COPY_COMPONENT(view[STORE].c[y - IDENTIFIERS], view[w].c[y - IDENTIFIERS])
        :: else
        fi
      }
      for (y : 0 .. WORKERS - 1) {
        view[y].stale = view[y].stale | (group & view[y].read);
        disturbed[y] = disturbed[y] || y != w
      }
    :: else
    fi
  };
  if
  :: !ok -> assert(disturbed[w])
  :: ok -> committed = committed | group
  :: ok && lost > 0 -> lost--; disturbed[w] = true
  fi;
  group = 0
}

/* Each group, in any order. */
inline commitGroups() {
  do
  :: atomic { group0 != 0 -> commit(group0); checkStore(); MAYBE_CRASH }
  :: atomic { group1 != 0 -> commit(group1); checkStore(); MAYBE_CRASH }
  :: atomic { group0 == 0 && group1 == 0 -> break }
  od
}

/*
 * Looks at persons that were left for later, and again at those of whom a document, but for those just committed, is no longer
 * what was seen: one after another.
 */
inline askAgain() {
  atomic {
    d_step {
      toCheck = 0;
      locate(w, look);
      for (y : 0 .. IDENTIFIERS - 1) {
        if
        :: HAS(look, y) ->
          PERSON_OF(w, y);
          toCheck = toCheck | who;
          toCheck = toCheck | (at[y] != 0 -> BIT(C_DOC(at[y])) : 0)
        :: else
        fi
      }
      toCheck = toCheck & ~committed
    }
  };
  do
  :: d_step { toCheck != 0 ->
      x = 0;
      do :: !HAS(toCheck, x) -> x++ :: else -> break od;
      toCheck = toCheck & ~BIT(x);
      changed = changed | ((HAS(view[w].stale, x) || !HAS(view[w].read, x)) << x)
    }
  :: d_step { toCheck == 0 ->
      locate(w, look);
      keys = 0;
      for (y : 0 .. IDENTIFIERS - 1) {
        if
        :: HAS(look, y) ->
          PERSON_OF(w, y);
          keys = keys | (((changed & who) != 0 || (at[y] != 0 && HAS(changed, C_DOC(at[y])))) << y)
        :: else
        fi
      }
      look = keys | later; later = 0; keys = 0; changed = 0; who = 0;
      AFTER_COMMIT(w)
    }; break
  od;
  if
  :: look == 0 -> skip
  :: else -> lookAt(); atomic { asked = asked || ask; ask = false; keepers = 0 }
  fi
}

/* One attempt at all events that are still open. */
inline tryOnce() {
  foldBatch();
  joinEvidence();
  askForTimers();
  commitGroups();
#ifdef LAKE_AFTER
  atomic { lakeEvents = lakeEvents | news; checkStore() };
#endif
#ifndef NO_ASK_AGAIN
  if
  :: (look | later) != 0 -> askAgain()
  :: else
  fi;
#endif
  true;
  d_step {
    for (y : 0 .. EVENTS - 1) {
      if
      :: HAS(open, y) && (!HAS(news, y) || HAS(committed, OWNER(y))) -> open = open & ~EVENT(y)
      :: else
      fi
    }
  }
}

#define FORGET_ALL \
  NEW_WORKING_SET(w); disturbed[w] = false; \
  keys = 0; news = 0; evidence = 0; todo = 0; ev = 0; pool = 0; extra = 0; look = 0; later = 0; members = 0; \
  keepers = 0; who = 0; ask = false; ok = false; behind = false; group0 = 0; group1 = 0; committed = 0; toCheck = 0; \
  changed = 0

/* A worker with its batch. When it crashes, the same batch comes again to a worker that knows nothing of it. */
proctype stitch(byte w; byte batch) {
  byte next, open, keys, news, evidence, todo, ev, pool, extra, look, later, members, keepers, who;
  bool ask, ok, behind;
  short group0, group1, committed, toCheck, changed;
crash:
  open = batch;
again:
  atomic {
    true;
    d_step {
      FORGET_ALL;
      for (y : 0 .. EVENTS - 1) { keys = keys | (HAS(open, y) << OWNER(y)) }
    }
  };
  tryOnce();
  if
  :: open != 0 -> goto again
  :: else
  fi;
  d_step { FORGET_ALL; outstanding-- }
}

init {
  byte first;
  d_step { view[STORE].read = BIT(IDENTIFIERS + COMPONENTS) - 1; crashes = 0; lost = 0 };
  do
  :: first == EVENTS -> break
  :: first < EVENTS && !HAS(BEFORE, first) -> first++
  :: first < EVENTS && HAS(BEFORE, first) ->
    outstanding = 1;
    run stitch(0, EVENT(first));
    outstanding == 0;
    first++
  od;
  first = 0;
  atomic {
    crashes = CRASHES; lost = LOST;
    outstanding = WORKERS;
    run stitch(0, BATCH0); run stitch(1, BATCH1); run stitch(2, BATCH2)
  };
  d_step { outstanding == 0 -> checkAtRest() }
}
