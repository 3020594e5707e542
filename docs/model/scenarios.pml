/*
 * Scenarios for identity.pml, chosen by -DSCENARIO=<name>. Identifiers are 0 to 3; a smaller one was seen earlier, so it
 * founds the person it is in. STRONG: which of them are member ids. Event e: its owner, the other identifier it carries
 * (the owner again: none), whether it parts the two (unbind) instead of joining them.
 * BEFORE: events that were taken in by one worker before the race. BATCH0 to BATCH2: the events of the three workers.
 * TRIGGER: a campaign asks for a person that has all of these events.
 * CRASHES and LOST: how many crashes, and how many commits whose reply says "conflict" though they were made.
 */
#define SIDES 1
#define CHAIN 2
#define HUB 3
#define UNBIND 4
#define HALVES 5
#define MERGE 6
#define TWICE 7
#define BACK 8
#define EARLY 9
#define RESTS 10
#define COMES 11

#define NONE 0
#define EVENT(e) (1 << (e))
#define LIST(e, e0, e1, e2, e3, e4, e5) \
  ((e) == 0 -> e0 : ((e) == 1 -> e1 : ((e) == 2 -> e2 : ((e) == 3 -> e3 : ((e) == 4 -> e4 : e5)))))

#if SCENARIO == SIDES
/* {0,1} and {2,3} are joined from both sides at once, while an event of 1 alone is counted. */
#define STRONG NONE
#define OWNER(e) LIST(e, 0, 2, 0, 3, 1, 0)
#define OTHER(e) LIST(e, 1, 3, 2, 1, 1, 0)
#define UNBINDS NONE
#define BEFORE (EVENT(0) | EVENT(1))
#define BATCH0 EVENT(2)
#define BATCH1 EVENT(3)
#define BATCH2 EVENT(4)
#define TRIGGER NONE

#elif SCENARIO == CHAIN
/* Nothing is known; a-b, b-c and c-d come at once. */
#define STRONG NONE
#define OWNER(e) LIST(e, 0, 1, 2, 0, 0, 0)
#define OTHER(e) LIST(e, 1, 2, 3, 0, 0, 0)
#define UNBINDS NONE
#define BEFORE NONE
#define BATCH0 EVENT(0)
#define BATCH1 EVENT(1)
#define BATCH2 EVENT(2)
#define TRIGGER NONE

#elif SCENARIO == HUB
/* 2 holds {0,2,3} together; member 1 makes it shared, so all falls apart, while 3 meets 0 and 1. */
#define STRONG (EVENT(0) | EVENT(1))
#define OWNER(e) LIST(e, 0, 2, 1, 0, 1, 0)
#define OTHER(e) LIST(e, 2, 3, 2, 3, 1, 0)
#define UNBINDS NONE
#define BEFORE (EVENT(0) | EVENT(1))
#define BATCH0 EVENT(2)
#define BATCH1 EVENT(3)
#define BATCH2 EVENT(4)
#define TRIGGER NONE

#elif SCENARIO == UNBIND
/* 2 is shared by members 0 and 1; it is unbound from 1 and so is 0's again, while 0 and 1 meet 3. */
#define STRONG (EVENT(0) | EVENT(1))
#define OWNER(e) LIST(e, 0, 1, 1, 0, 3, 0)
#define OTHER(e) LIST(e, 2, 2, 2, 3, 2, 0)
#define UNBINDS EVENT(2)
#define BEFORE (EVENT(0) | EVENT(1))
#define BATCH0 EVENT(2)
#define BATCH1 EVENT(3)
#define BATCH2 EVENT(4)
#define TRIGGER NONE

#elif SCENARIO == HALVES
/* One person {0,1,2}; each of two workers brings half of what triggers, the third brings another identifier. */
#define STRONG NONE
#define OWNER(e) LIST(e, 0, 1, 0, 1, 2, 0)
#define OTHER(e) LIST(e, 1, 2, 0, 1, 3, 0)
#define UNBINDS NONE
#define BEFORE (EVENT(0) | EVENT(1))
#define BATCH0 EVENT(2)
#define BATCH1 EVENT(3)
#define BATCH2 EVENT(4)
#define TRIGGER (EVENT(2) | EVENT(3))

#elif SCENARIO == MERGE
/* {0,2} and {1,3} are merged by their other identifiers, while 0 and 1 each bring half of what triggers. */
#define STRONG NONE
#define OWNER(e) LIST(e, 0, 1, 0, 1, 2, 0)
#define OTHER(e) LIST(e, 2, 3, 0, 1, 3, 0)
#define UNBINDS NONE
#define BEFORE (EVENT(0) | EVENT(1))
#define BATCH0 EVENT(2)
#define BATCH1 EVENT(3)
#define BATCH2 EVENT(4)
#define TRIGGER (EVENT(2) | EVENT(3))

#elif SCENARIO == TWICE
/* The same batch at two workers at once: a stream that delivers again while the first is still at work. */
#define STRONG NONE
#define OWNER(e) LIST(e, 0, 1, 2, 0, 0, 0)
#define OTHER(e) LIST(e, 1, 2, 2, 0, 0, 0)
#define UNBINDS NONE
#define BEFORE NONE
#define BATCH0 (EVENT(0) | EVENT(2))
#define BATCH1 (EVENT(0) | EVENT(2))
#define BATCH2 EVENT(1)
#define TRIGGER NONE

#elif SCENARIO == BACK
/* 3 leaves 0 when their hub 2 becomes shared, and comes back, while another worker follows its old pointer. */
#define STRONG (EVENT(0) | EVENT(1))
#define OWNER(e) LIST(e, 0, 2, 1, 0, 3, 0)
#define OTHER(e) LIST(e, 2, 3, 2, 3, 3, 0)
#define UNBINDS NONE
#define BEFORE (EVENT(0) | EVENT(1) | EVENT(2))
#define BATCH0 EVENT(3)
#define BATCH1 EVENT(4)
#define BATCH2 EVENT(5)
#define TRIGGER NONE

#elif SCENARIO == EARLY
/* 2 is read as missing; then it becomes shared by 0 and 1; then evidence of 0 is read, which names it. */
#define STRONG (EVENT(0) | EVENT(1))
#define OWNER(e) LIST(e, 2, 3, 0, 1, 1, 0)
#define OTHER(e) LIST(e, 2, 0, 2, 2, 1, 0)
#define UNBINDS NONE
#define BEFORE NONE
#define BATCH0 (EVENT(0) | EVENT(1))
#define BATCH1 (EVENT(2) | EVENT(3))
#define BATCH2 EVENT(4)
#define TRIGGER NONE

#elif SCENARIO == RESTS
/* Unbound from 1, hub 2 is 0's alone, who comes into 1's component; the batch's other event is of 0, and finds him there. */
#define STRONG (EVENT(0) | EVENT(1))
#define OWNER(e) LIST(e, 0, 1, 1, 1, 0, 1)
#define OTHER(e) LIST(e, 2, 2, 3, 2, 0, 1)
#define UNBINDS EVENT(3)
#define BEFORE (EVENT(0) | EVENT(1) | EVENT(2))
#define BATCH0 (EVENT(3) | EVENT(4))
#define BATCH1 EVENT(5)
#define BATCH2 NONE
#define TRIGGER NONE

#elif SCENARIO == COMES
/* Hub 2 of {0,1} is unbound from 0 and so comes to them, while a worker has read their component, and looks for their hub. */
#define STRONG (EVENT(0) | EVENT(1))
#define OWNER(e) LIST(e, 1, 0, 0, 2, 0, 1)
#define OTHER(e) LIST(e, 2, 2, 1, 0, 0, 1)
#define UNBINDS EVENT(3)
#define BEFORE (EVENT(0) | EVENT(1) | EVENT(2))
#define BATCH0 EVENT(3)
#define BATCH1 EVENT(4)
#define BATCH2 EVENT(5)
#define TRIGGER NONE
#endif

#define ALL_EVENTS (BEFORE | BATCH0 | BATCH1 | BATCH2)
