/* What must hold. checkStore: after every commit. checkAtRest: when all batches have been worked through. */

inline checkStore() {
  d_step {
    locate(STORE, I_DOCS);
    assert(!ring); /* forwarding has no ring */
    for (id : 1 .. COMPONENTS) {
      resolve(COMP(STORE, id).plus, COMP(STORE, id).minus);
      for (k : 0 .. IDENTIFIERS - 1) { /* a One ID that is given leads to a document */
        assert(!HAS(COMP(STORE, id).members, k) || EXISTS(STORE, label[k]))
      }
    }
    for (k : 0 .. IDENTIFIERS - 1) {
      only = 0;
      for (id : 1 .. COMPONENTS) { only = only + HAS(COMP(STORE, id).members, k) }
      assert(only <= 1); /* an identifier is in one component at most */
      assert(only == (view[STORE].i[k].component != 0)); /* and has a pointer then */
      assert(only == 0 || (at[k] != 0 && HAS(COMP(STORE, at[k]).members, k))); /* that leads there */
      assert((view[STORE].i[k].seen & ~lakeEvents) == 0); /* what is counted is in the lake */
    }
    /* Of each One ID that was ever given the store says so: its identifier is alone, a founder, or was one once. */
    founded = 0;
    for (k : 0 .. IDENTIFIERS - 1) { founded = founded | ((EXISTS(STORE, k) && view[STORE].i[k].component == 0) << k) }
    for (id : 1 .. COMPONENTS) {
      resolve(COMP(STORE, id).plus, COMP(STORE, id).minus);
      for (k : 0 .. IDENTIFIERS - 1) {
        founded = founded | ((HAS(COMP(STORE, id).members, k) && label[k] == k) << k)
      }
    }
    given = given | founded;
    for (id : 1 .. COMPONENTS) { founded = founded | COMP(STORE, id).former }
    assert(given == founded);
  }
}

inline checkAtRest() {
  plus = 0; minus = 0; sight = 0;
  for (y : 0 .. EVENTS - 1) {
    if
    :: HAS(ALL_EVENTS, y) ->
      sight = sight | BIT(OWNER(y)) | BIT(OTHER(y));
      if
      :: OWNER(y) == OTHER(y) -> skip
      :: OWNER(y) != OTHER(y) && HAS(UNBINDS, y) -> minus = minus | BIT(EDGE_OF(y))
      :: else -> plus = plus | BIT(EDGE_OF(y))
      fi
    :: else
    fi
  }
  /* What resolve gives on all evidence at once: was[], wasShared. */
  resolve(plus, minus);
  wasShared = shared;
  for (y : 0 .. IDENTIFIERS - 1) { was[y] = label[y] }
  locate(STORE, I_DOCS);
  for (y : 0 .. IDENTIFIERS - 1) {
    if
    :: HAS(sight, y) ->
      /* No event is lost, and each is counted once. */
      pointed = 0; size = 0;
      for (x : 0 .. EVENTS - 1) {
        pointed = pointed + (HAS(ALL_EVENTS, x) && OWNER(x) == y);
        size = size | (HAS(ALL_EVENTS, x) && OWNER(x) == y) << x
      }
      assert(view[STORE].i[y].seen == size);
      assert(view[STORE].i[y].count == pointed);
      /* Each identifier is in the person that resolve gives. */
      if
      :: at[y] == 0 -> assert(was[y] == y)
      :: else ->
        resolve(COMP(STORE, at[y]).plus, COMP(STORE, at[y]).minus);
        assert(label[y] == was[y]);
        assert(HAS(shared, y) == HAS(wasShared, y));
        for (k : 0 .. IDENTIFIERS - 1) {
          assert(!HAS(COMP(STORE, at[y]).members, k) || (label[k] == label[y]) == (was[k] == was[y]))
        }
      fi
    :: else -> assert(!EXISTS(STORE, y))
    fi
  }
  /* No evidence is lost. */
  pointed = 0; size = 0;
  for (id : 1 .. COMPONENTS) {
    pointed = pointed | COMP(STORE, id).plus | COMP(STORE, id).xplus;
    size = size | COMP(STORE, id).minus | COMP(STORE, id).xminus
  }
  assert(pointed == plus && size == minus);
  /* A person that has all that triggers was asked for. */
  for (y : 0 .. IDENTIFIERS - 1) {
    x = 0;
    for (k : 0 .. IDENTIFIERS - 1) { x = x | (was[k] == was[y] -> view[STORE].i[k].seen : 0) }
    assert(TRIGGER == NONE || (TRIGGER & ~x) != 0 || asked)
  }
}
