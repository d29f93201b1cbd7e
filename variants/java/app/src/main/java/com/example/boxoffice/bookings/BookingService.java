package com.example.boxoffice.bookings;

import com.example.boxoffice.bookings.IdempotencyKeys.KeyedRequest;
import com.example.boxoffice.events.Event;
import com.example.boxoffice.events.EventRepository;
import com.example.boxoffice.events.EventService;
import com.example.boxoffice.outbox.Outbox;
import com.example.boxoffice.shared.Digests;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import com.example.boxoffice.web.Page;
import com.example.boxoffice.web.Page.Position;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.exception.ConstraintViolationException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

@Service
class BookingService {

  record Booked(BookingView booking, boolean replayed) {}

  private final BookingRepository bookings;
  private final EventRepository events;
  private final IdempotencyKeys keys;
  private final Outbox outbox;
  private final JsonMapper json;
  private final Clock clock;

  BookingService(
      BookingRepository bookings,
      EventRepository events,
      IdempotencyKeys keys,
      Outbox outbox,
      JsonMapper json,
      Clock clock) {
    this.bookings = bookings;
    this.events = events;
    this.keys = keys;
    this.outbox = outbox;
    this.json = json;
    this.clock = clock;
  }

  // region: idempotent-write
  /**
   * The key, the effect and the message commit together or not at all: a refused booking leaves
   * nothing behind.
   */
  @Transactional
  public Booked book(UUID accountId, UUID eventId, int seats, String key) {
    String route = "POST /events/" + eventId + "/bookings";
    KeyedRequest request =
        new KeyedRequest(accountId, route, key, Digests.sha256("{\"seats\":" + seats + "}"));
    Optional<String> earlier = keys.claim(request);
    if (earlier.isPresent()) {
      return new Booked(json.readValue(earlier.get(), BookingView.class), true);
    }
    Event event =
        events
            .lock(eventId)
            .filter(found -> found.isVisibleTo(accountId))
            .orElseThrow(DomainException::notFound);
    Instant now = clock.instant();
    event.requireBookable(now);
    BookingView booking = BookingView.of(insert(new Booking(event, accountId, seats, now)));
    event.takeSeats(seats);
    outbox.add("booking.created", booking);
    keys.complete(request, 201, json.writeValueAsString(booking));
    return new Booked(booking, false);
  }

  /** One active booking each: the unique index knows it, even when two requests come at once. */
  private Booking insert(Booking booking) {
    try {
      return bookings.saveAndFlush(booking);
    } catch (DataIntegrityViolationException violation) {
      if (violation.getCause() instanceof ConstraintViolationException cause
          && "bookings_active_key".equals(cause.getConstraintName())) {
        throw new DomainException(ErrorCode.ALREADY_BOOKED, "You have a booking for this event.");
      }
      throw violation;
    }
  }

  // endregion: idempotent-write

  @Transactional(readOnly = true)
  public BookingView get(UUID accountId, UUID id) {
    Booking booking = bookings.findById(id).orElseThrow(DomainException::notFound);
    Event event = events.findById(booking.getEventId()).orElseThrow(DomainException::notFound);
    return BookingView.of(visible(booking, event, accountId));
  }

  @Transactional
  public BookingView cancel(UUID accountId, UUID id) {
    UUID eventId = bookings.findEventId(id).orElseThrow(DomainException::notFound);
    // The event first, as in book(): two transactions that lock in one order cannot block each
    // other for good.
    Event event = events.lock(eventId).orElseThrow(DomainException::notFound);
    Booking booking =
        visible(bookings.findById(id).orElseThrow(DomainException::notFound), event, accountId);
    if (!booking.belongsTo(accountId)) {
      throw new DomainException(ErrorCode.FORBIDDEN, "Only the guest may cancel.");
    }
    Instant now = clock.instant();
    booking.cancel(now);
    event.giveBack(booking.getSeats(), now);
    BookingView cancelled = BookingView.of(booking);
    outbox.add("booking.cancelled", cancelled);
    return cancelled;
  }

  @Transactional(readOnly = true)
  public Page<BookingView> listOwn(UUID accountId, Page.Request page) {
    Position last = page.after(Position.LAST);
    var rows = bookings.findOfAccount(accountId, last.at(), last.id(), Limit.of(page.limit() + 1));
    return Page.of(rows, page, BookingService::positionOf, BookingView::of);
  }

  @Transactional(readOnly = true)
  public Page<BookingView.Guest> listGuests(UUID accountId, UUID eventId, Page.Request page) {
    EventService.requireOwned(
        events.findById(eventId).orElseThrow(DomainException::notFound), accountId);
    Position last = page.after(Position.LAST);
    var rows = bookings.findOfEvent(eventId, last.at(), last.id(), Limit.of(page.limit() + 1));
    return Page.of(
        rows,
        page,
        row -> positionOf(row.booking()),
        row -> new BookingView.Guest(BookingView.of(row.booking()), row.email()));
  }

  private static Position positionOf(Booking booking) {
    return new Position(booking.getCreatedAt(), booking.getId());
  }

  /** A booking is there for its guest and for the organiser of the event. */
  private static Booking visible(Booking booking, Event event, UUID accountId) {
    if (!booking.belongsTo(accountId) && !event.isOwnedBy(accountId)) {
      throw DomainException.notFound();
    }
    return booking;
  }
}
