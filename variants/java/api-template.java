// A resource from end to end, cut from app/ by tests/variants/cut.py.

// --- src/main/java/com/example/boxoffice/events/Event.java:16-78
/** An event and its rules. It refers to others by id: nothing loads by itself. */
@Entity
@Table(name = "events")
public class Event extends Identified {

  @Column(nullable = false, updatable = false)
  private UUID ownerId;

  @Column(nullable = false)
  private String title;

  @Column(nullable = false)
  private Instant startsAt;

  private int capacity;
  private int seatsBooked;
  private int priceCents; // minor units: money is never a float

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private Currency currency;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private EventStatus status = EventStatus.DRAFT;

  /**
   * Grows with what the organiser changes, not with bookings: so it is counted here and is no
   * {@code @Version}.
   */
  private int version = 1;

  protected Event() {}

  Event(UUID ownerId, EventInput input, Instant createdAt) {
    super(createdAt);
    this.ownerId = ownerId;
    this.title = input.title();
    this.startsAt = input.startsAt();
    this.capacity = input.capacity();
    this.priceCents = input.priceCents();
    this.currency = input.currency();
  }

  void change(EventInput change) {
    require(status != EventStatus.CANCELLED, "The event is cancelled.");
    boolean repriced =
        Objects.requireNonNullElse(change.priceCents(), priceCents) != priceCents
            || Objects.requireNonNullElse(change.currency(), currency) != currency;
    require(
        !repriced || status == EventStatus.DRAFT,
        "The price is fixed once the event is published.");
    if (change.capacity() != null && change.capacity() < seatsBooked) {
      throw new DomainException(
          ErrorCode.CAPACITY_BELOW_BOOKED, seatsBooked + " seats are booked.");
    }
    title = Objects.requireNonNullElse(change.title(), title);
    startsAt = Objects.requireNonNullElse(change.startsAt(), startsAt);
    capacity = Objects.requireNonNullElse(change.capacity(), capacity);
    priceCents = Objects.requireNonNullElse(change.priceCents(), priceCents);
    currency = Objects.requireNonNullElse(change.currency(), currency);
    version++;
  }
} // …

// --- src/main/java/com/example/boxoffice/events/EventRequests.java:29-90
record NewEvent(
    @NotNull @Text(max = 120) @Pattern(regexp = NOT_BLANK, message = "must not be blank")
        String title,
    @NotNull @Moment String startsAt,
    @NotNull @Min(1) @Max(100_000) Integer capacity,
    @NotNull @Min(0) @Max(10_000_000) Integer priceCents,
    @NotNull @Pattern(regexp = CURRENCY) String currency) {

  EventInput toInput() {
    return input(title, startsAt, capacity, priceCents, currency);
  }
}

/**
 * An absent field stays as it is, and null is refused: a class, since a record cannot tell one
 * from the other.
 */
static final class EventChange {
  @JsonSetter(nulls = Nulls.FAIL)
  @Text(max = 120)
  @Pattern(regexp = NOT_BLANK, message = "must not be blank")
  private String title;

  @JsonSetter(nulls = Nulls.FAIL)
  @Moment
  private String startsAt;

  @JsonSetter(nulls = Nulls.FAIL)
  @Min(1)
  @Max(100_000)
  private Integer capacity;

  @JsonSetter(nulls = Nulls.FAIL)
  @Min(0)
  @Max(10_000_000)
  private Integer priceCents;

  @JsonSetter(nulls = Nulls.FAIL)
  @Pattern(regexp = CURRENCY)
  private String currency;

  boolean isEmpty() {
    return Stream.of(title, startsAt, capacity, priceCents, currency).allMatch(Objects::isNull);
  }

  EventInput toInput() {
    return input(title, startsAt, capacity, priceCents, currency);
  }
}

private static EventInput input(
    String title, String startsAt, Integer capacity, Integer priceCents, String currency) {
  Currency known = currency == null ? null : Currency.valueOf(currency);
  return new EventInput(title, moment(startsAt), capacity, priceCents, known);
}

/** To the microsecond that the database keeps. */
private static Instant moment(String value) {
  return value == null
      ? null
      : OffsetDateTime.parse(value).toInstant().truncatedTo(ChronoUnit.MICROS);
}

// --- src/main/java/com/example/boxoffice/events/EventRepository.java:14-33
/** Queries, named for their question. They run in the transaction of the service that asks. */
public interface EventRepository extends Repository<Event, UUID> {

  Event save(Event event);

  Optional<Event> findById(UUID id);

  /** Holds the row until the transaction ends: what was checked stays true. */
  @Lock(LockModeType.PESSIMISTIC_WRITE)
  @Query("select e from Event e where e.id = :id")
  Optional<Event> lock(UUID id);

  @Query(
      """
      select e from Event e
      where e.status = com.example.boxoffice.events.EventStatus.PUBLISHED and e.startsAt > :now
        and (e.startsAt, e.id) > (:lastAt, :lastId)
      order by e.startsAt, e.id""")
  List<Event> findUpcoming(Instant now, Instant lastAt, UUID lastId, Limit limit);
}

// --- src/main/java/com/example/boxoffice/events/EventService.java:15-103
/** Opens the transaction, decides rights and states. */
@Service
public class EventService {

  private final EventRepository events;
  private final Outbox outbox;
  private final Clock clock;

  EventService(EventRepository events, Outbox outbox, Clock clock) {
    this.events = events;
    this.outbox = outbox;
    this.clock = clock;
  }

  @Transactional
  public EventView create(UUID accountId, EventInput input) {
    return EventView.of(events.save(new Event(accountId, input, clock.instant())));
  }

  @Transactional(readOnly = true)
  public EventView get(UUID accountId, UUID id) {
    return events
        .findById(id)
        .filter(event -> event.isVisibleTo(accountId))
        .map(EventView::of)
        .orElseThrow(DomainException::notFound);
  }

  @Transactional(readOnly = true)
  public Page<EventView> listUpcoming(Page.Request page) {
    Position last = page.after(Position.FIRST);
    var rows =
        events.findUpcoming(clock.instant(), last.at(), last.id(), Limit.of(page.limit() + 1));
    return Page.of(
        rows, page, event -> new Position(event.getStartsAt(), event.getId()), EventView::of);
  }

  /**
   * Changes the version that the caller has seen. The lock keeps bookings away while the rules are
   * checked.
   */
  @Transactional
  public EventView change(UUID accountId, UUID id, int version, EventInput change) {
    Event event = lockOwned(accountId, id);
    if (event.getVersion() != version) {
      String detail = "The event has changed: its version is " + event.getVersion() + ".";
      throw new DomainException(ErrorCode.PRECONDITION_FAILED, detail);
    }
    event.change(change);
    return EventView.of(event);
  }


  @Transactional
  public EventView publish(UUID accountId, UUID id) {
    Event event = lockOwned(accountId, id);
    event.publish(clock.instant());
    return EventView.of(event);
  }

  @Transactional
  public EventView cancel(UUID accountId, UUID id) {
    Event event = lockOwned(accountId, id);
    event.cancel();
    EventView cancelled = EventView.of(event);
    outbox.add("event.cancelled", cancelled);
    return cancelled;
  }

  private Event lockOwned(UUID accountId, UUID id) {
    return requireOwned(events.lock(id).orElseThrow(DomainException::notFound), accountId);
  }

  /**
   * Not found for whom it does not exist, forbidden for whom it exists but belongs to somebody
   * else.
   */
  public static Event requireOwned(Event event, UUID accountId) {
    if (!event.isVisibleTo(accountId)) {
      throw DomainException.notFound();
    }
    if (!event.isOwnedBy(accountId)) {
      throw new DomainException(ErrorCode.FORBIDDEN, "Only the organiser may do this.");
    }
    return event;
  }
}

// --- src/main/java/com/example/boxoffice/events/EventController.java:25-91
/**
 * A handler parses, calls one service and maps the result; the security filter has seen to the
 * sign-in.
 */
@RestController
@RequestMapping("/events")
class EventController {

  private final EventService events;

  EventController(EventService events) {
    this.events = events;
  }

  @GetMapping
  Page<EventView> list(
      @RequestParam(required = false) String limit, @RequestParam(required = false) String cursor) {
    return events.listUpcoming(Page.Request.of(limit, cursor));
  }

  @PostMapping
  ResponseEntity<EventView> create(
      @AuthenticationPrincipal SignedIn account, @Valid @RequestBody NewEvent body) {
    EventView event = events.create(account.id(), body.toInput());
    return ResponseEntity.created(URI.create("/events/" + event.id()))
        .eTag(etag(event))
        .body(event);
  }

  @GetMapping("/{event_id}")
  ResponseEntity<EventView> get(
      @AuthenticationPrincipal SignedIn account, @PathVariable("event_id") UUID id) {
    return withETag(events.get(account.id(), id));
  }

  @PatchMapping("/{event_id}")
  ResponseEntity<EventView> change(
      @AuthenticationPrincipal SignedIn account,
      @PathVariable("event_id") UUID id,
      @RequestHeader(name = "If-Match", required = false) String ifMatch,
      @Valid @RequestBody EventChange body) {
    if (body.isEmpty()) {
      throw DomainException.invalid("", "must change something");
    }
    return withETag(events.change(account.id(), id, IfMatch.version(ifMatch), body.toInput()));
  }

  @PostMapping("/{event_id}/publish")
  ResponseEntity<EventView> publish(
      @AuthenticationPrincipal SignedIn account, @PathVariable("event_id") UUID id) {
    return withETag(events.publish(account.id(), id));
  }

  @PostMapping("/{event_id}/cancel")
  ResponseEntity<EventView> cancel(
      @AuthenticationPrincipal SignedIn account, @PathVariable("event_id") UUID id) {
    return withETag(events.cancel(account.id(), id));
  }

  private static ResponseEntity<EventView> withETag(EventView event) {
    return ResponseEntity.ok().eTag(etag(event)).body(event);
  }

  private static String etag(EventView event) {
    return "\"" + event.version() + "\"";
  }
}

// --- src/main/java/com/example/boxoffice/accounts/AccountService.java:10-30
@Service
public class AccountService {

  private final AccountRepository accounts;
  private final PasswordHasher hasher;
  private final RateLimiter limiter;
  private final TransactionTemplate transaction;
  private final Clock clock;

  AccountService(
      AccountRepository accounts,
      PasswordHasher hasher,
      RateLimiter limiter,
      TransactionTemplate transaction,
      Clock clock) {
    this.accounts = accounts;
    this.hasher = hasher;
    this.limiter = limiter;
    this.transaction = transaction;
    this.clock = clock;
  }
} // …

// --- src/main/resources/db/migration/V3__bookings.sql:2-15
CREATE TABLE bookings (
    id uuid CONSTRAINT bookings_pkey PRIMARY KEY,
    event_id uuid NOT NULL CONSTRAINT bookings_event_id_fkey REFERENCES events (id),
    account_id uuid NOT NULL CONSTRAINT bookings_account_id_fkey REFERENCES accounts (id),
    seats integer NOT NULL CONSTRAINT bookings_seats_check CHECK (seats BETWEEN 1 AND 10),
    total_cents bigint NOT NULL CONSTRAINT bookings_total_cents_check CHECK (total_cents >= 0),
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'booked' CONSTRAINT bookings_status_check CHECK (status IN ('booked', 'cancelled')),
    created_at timestamptz NOT NULL DEFAULT now(),
    cancelled_at timestamptz
);
CREATE UNIQUE INDEX bookings_active_key ON bookings (event_id, account_id) WHERE status = 'booked';  -- one active booking each
CREATE INDEX bookings_account_page_idx ON bookings (account_id, created_at DESC, id DESC);  -- my bookings
CREATE INDEX bookings_event_page_idx ON bookings (event_id, created_at DESC, id DESC);  -- the organiser's list

// --- src/main/resources/db/rollback/U3__bookings.sql:2-6
-- The way back of V3: run by `java -jar box-office.jar rollback`, in one transaction with its row
-- in flyway_schema_history. Flyway's own undo migrations are not in its free edition.
-- The newest goes first, so that nothing refers to this table any more.

DROP TABLE bookings;

// --- src/test/java/com/example/boxoffice/BookingIT.java:15-56
class BookingIT {

  private TestService service;
  private Person owner;
  private Person guest;

  @BeforeEach
  void people() throws Exception {
    service = TestService.get();
    owner = service.person();
    guest = service.person();
  }

  @Test
  void takesTheSeatsAndFixesThePriceOfThatMoment() throws Exception {
    String event = owner.published(10);

    Answer answer = guest.book(event, 3);

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.json().get("total_cents").asInt()).isEqualTo(7650);
    assertThat(answer.header("Location"))
        .isEqualTo("/bookings/" + answer.json().get("id").asString());
    assertThat(seatsLeft(event)).isEqualTo(7);
  }

  @Test
  void givesTheLastSeatToOneOfThoseWhoAskAtOnce() throws Exception {
    String event = owner.published(1);
    List<Callable<Answer>> crowd = new ArrayList<>();
    for (int each = 0; each < 5; each++) {
      Person person = service.person();
      crowd.add(() -> person.book(event, 1));
    }

    List<Answer> answers = Together.all(crowd);

    assertThat(answers)
        .extracting(Answer::status)
        .containsExactlyInAnyOrder(201, 409, 409, 409, 409);
    assertThat(answers).extracting(Answer::code).filteredOn("sold_out"::equals).hasSize(4);
  }
} // …
