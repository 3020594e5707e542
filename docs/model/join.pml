/* How new evidence changes components: functions/stitch/identity.ts, parts.ts and components.ts. Steps without a read. */

/* label[]: the founder of each identifier's person; shared: those that join nothing. */
inline resolve(joins, parts) {
  effective = (joins) & ~(parts); shared = 0;
  for (k : 0 .. IDENTIFIERS - 1) {
    label[k] = k; x = 0;
    for (e : 0 .. EDGES - 1) {
      if
      :: HAS(effective, e) && (A(e) == k && HAS(STRONG, B(e)) || B(e) == k && HAS(STRONG, A(e))) -> x++
      :: else
      fi
    }
    if
    :: x > 1 && !HAS(STRONG, k) -> shared = shared | BIT(k)
    :: else
    fi
  }
  for (round : 1 .. IDENTIFIERS - 1) {
    for (e : 0 .. EDGES - 1) {
      if
      :: HAS(effective, e) && !HAS(shared, A(e)) && !HAS(shared, B(e)) ->
        if
        :: label[A(e)] < label[B(e)] -> label[B(e)] = label[A(e)]
        :: else -> label[A(e)] = label[B(e)]
        fi
      :: else
      fi
    }
  }
}

/* Brings the located components of some identifiers into the pool; hubs: shared identifiers that these have edges to. */
inline absorb(v, keys) {
  comps = 0; plus = 0; minus = 0; sight = 0; hubs = 0;
  for (k : 0 .. IDENTIFIERS - 1) {
    if
    :: HAS(keys, k) && EXISTS(v, k) ->
      sight = sight | BIT(k);
      if
      :: at[k] != 0 -> comps = comps | BIT(at[k])
      :: else
      fi
    :: else
    fi
  }
  for (id : 1 .. COMPONENTS) {
    if
    :: HAS(comps, id) ->
      plus = plus | COMP(v, id).plus | COMP(v, id).xplus;
      minus = minus | COMP(v, id).minus | COMP(v, id).xminus;
      sight = sight | COMP(v, id).members;
      for (e : 0 .. EDGES - 1) {
        if
        :: HAS(COMP(v, id).xplus | COMP(v, id).xminus, e) ->
          hubs = hubs | BIT((HAS(COMP(v, id).members, A(e)) -> B(e) : A(e)))
        :: else
        fi
      }
    :: else
    fi
  }
}

/* The persons before: was[], wasShared; and who founded one ever: founded. Of an identifier without a component it is itself, of a new one nobody. */
inline previousOneIds(v) {
  wasShared = 0; founded = 0;
  for (y : 0 .. IDENTIFIERS - 1) {
    was[y] = (HAS(sight, y) && EXISTS(v, y) -> y : UNKNOWN);
    founded = founded | ((was[y] == y && view[v].i[y].component == 0) << y)
  }
  for (id : 1 .. COMPONENTS) {
    if
    :: HAS(comps, id) ->
      resolve(COMP(v, id).plus, COMP(v, id).minus);
      founded = founded | COMP(v, id).former;
      for (y : 0 .. IDENTIFIERS - 1) {
        if
        :: HAS(COMP(v, id).members, y) ->
          was[y] = label[y]; wasShared = wasShared | (shared & BIT(y)); founded = founded | ((label[y] == y) << y)
        :: else
        fi
      }
    :: else
    fi
  }
}

/* part[]: members of one component bear the same label. Edges of shared identifiers hold nothing together. */
inline effectiveParts() {
  for (k : 0 .. IDENTIFIERS - 1) { part[k] = k }
  for (round : 1 .. IDENTIFIERS - 1) {
    for (e : 0 .. EDGES - 1) {
      if
      :: HAS(plus | minus, e) && !HAS(shared, A(e)) && !HAS(shared, B(e)) ->
        if
        :: part[A(e)] < part[B(e)] -> part[B(e)] = part[A(e)]
        :: else -> part[A(e)] = part[B(e)]
        fi
      :: else
      fi
    }
  }
}

/* The document of the part that bears label r: `fresh`. */
#define MAKE_PART(r) \
  FORGET_COMPONENT(fresh); \
  for (k : 0 .. IDENTIFIERS - 1) { \
    if :: HAS(sight, k) && part[k] == (r) -> fresh.members = fresh.members | BIT(k) :: else fi \
  } \
  for (e : 0 .. EDGES - 1) { \
    isHub = 0; only = 0; \
    if \
    :: !HAS(plus | minus, e) -> skip \
    :: HAS(plus | minus, e) && !HAS(shared, A(e)) && !HAS(shared, B(e)) -> \
      if :: HAS(fresh.members, A(e)) -> isHub = 1 :: else fi \
    :: else -> \
      if :: HAS(fresh.members, A(e)) -> if :: HAS(shared, A(e)) -> isHub = 1 :: else -> only = 1 fi :: else fi; \
      if :: HAS(fresh.members, B(e)) -> if :: HAS(shared, B(e)) -> isHub = 1 :: else -> only = 1 fi :: else fi \
    fi; \
    fresh.plus = fresh.plus | (isHub & HAS(plus, e)) << e; fresh.minus = fresh.minus | (isHub & HAS(minus, e)) << e; \
    fresh.xplus = fresh.xplus | (only & HAS(plus, e)) << e; fresh.xminus = fresh.xminus | (only & HAS(minus, e)) << e \
  }

/* Members of a part who were founders once, and are not now. */
inline formerIn() {
#ifdef NO_FORMER
  skip
#else
  for (k : 0 .. IDENTIFIERS - 1) {
    if
    :: HAS(founded & fresh.members, k) && label[k] != k -> fresh.former = fresh.former | BIT(k)
    :: else
    fi
  }
#endif
}

/* Of the components not yet given to another part, the one that holds most of the members; 0: none. */
inline mostHolding(v, ev) {
  onward = 0; size = 0;
  for (id : 1 .. COMPONENTS) {
    if
    :: HAS(unused, id) ->
      x = 0;
      for (k : 0 .. IDENTIFIERS - 1) { x = x + 4 * BOTH(fresh.members & before[id - 1].members, k, k) }
      if
      :: x > 0 ->
        x = x + (id == at[OWNER(ev)] -> 2 : 0) + (id == at[OTHER(ev)] -> 1 : 0);
        if
        :: x > size -> size = x; onward = id
        :: else
        fi
      :: else
      fi
    :: else
    fi
  }
}

/* A component id that nobody has: others draw theirs at the same time. */
inline newId(v) {
  for (id : 1 .. COMPONENTS) {
    if
    :: onward == 0 && !BORN(STORE, id) && !HAS(docs, C_DOC(id)) &&
       !HAS(view[0].changed | view[1].changed | view[2].changed, C_DOC(id)) -> onward = id
    :: else
    fi
  }
  assert(onward != 0) /* else raise COMPONENTS */
}

/* Puts the parts into components, the largest first; docs: what was written. */
inline writeParts(v, ev) {
  docs = 0; unused = comps; unplaced = 0;
  for (id : 1 .. COMPONENTS) { COPY_COMPONENT(before[id - 1], COMP(v, id)) }
  for (k : 0 .. IDENTIFIERS - 1) { home[k] = 0; unplaced = unplaced | (HAS(sight, k) << part[k]) }
  do
  :: unplaced == 0 -> break
  :: else ->
    best = 0;
    for (y : 0 .. IDENTIFIERS - 1) {
      if
      :: HAS(unplaced, y) ->
        x = 0; hop = 0;
        for (k : 0 .. IDENTIFIERS - 1) {
          if
          :: HAS(sight, k) && part[k] == y ->
            x = x + 8;
            hop = hop | (at[OWNER(ev)] != 0 && HAS(before[at[OWNER(ev)] - 1].members, k) -> 2 : 0);
            hop = hop | (at[OTHER(ev)] != 0 && HAS(before[at[OTHER(ev)] - 1].members, k) -> 1 : 0)
          :: else
          fi
        }
        if
        :: x + hop > best -> best = x + hop; chosen = y
        :: else
        fi
      :: else
      fi
    }
    unplaced = unplaced & ~BIT(chosen);
    MAKE_PART(chosen);
    formerIn();
    mostHolding(v, ev);
    if
    :: onward == 0 && best < 16 && (fresh.plus | fresh.minus | fresh.xplus | fresh.xminus) == 0 -> skip
    :: else ->
      if
      :: onward == 0 -> newId(v)
      :: else
      fi;
      only = HAS(unused, onward);
      unused = unused & ~BIT(onward);
      for (k : 0 .. IDENTIFIERS - 1) {
        if
        :: HAS(fresh.members, k) -> home[k] = onward
        :: else -> fresh.moved[k] = COMP(v, onward).moved[k]
        fi
      }
      if
      :: only && fresh.members == COMP(v, onward).members && fresh.plus == COMP(v, onward).plus &&
         fresh.minus == COMP(v, onward).minus && fresh.xplus == COMP(v, onward).xplus &&
         fresh.xminus == COMP(v, onward).xminus -> skip
      :: else ->
        COPY_COMPONENT(COMP(v, onward), fresh);
        docs = docs | BIT(C_DOC(onward))
      fi
    fi
  od;
  redirectLeavers(v)
}

/* Leaves word where members went: in the component they left, or in one that is no more. */
inline redirectLeavers(v) {
  for (id : 1 .. COMPONENTS) {
    if
    :: HAS(comps, id) ->
      targets = 0; size = 0;
      if
      :: HAS(unused, id) -> FORGET_COMPONENT(COMP(v, id)); docs = docs | BIT(C_DOC(id))
      :: else
      fi;
      for (k : 0 .. IDENTIFIERS - 1) {
        if
        :: HAS(before[id - 1].members, k) && home[k] != 0 && home[k] != id ->
          COMP(v, id).moved[k] = home[k]; targets = targets | BIT(home[k]); only = home[k]
        :: HAS(unused, id) && before[id - 1].moved[k] != 0 -> COMP(v, id).moved[k] = before[id - 1].moved[k]; size++
        :: else
        fi
      }
      if
      :: HAS(unused, id) && size == 0 && targets != 0 && targets == BIT(only) ->
        FORGET_COMPONENT(COMP(v, id)); COMP(v, id).to = only
      :: else
      fi
    :: else
    fi
  }
}
