package com.example.boxoffice.events;

import com.example.boxoffice.outbox.Outbox;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import com.example.boxoffice.web.Page;
import com.example.boxoffice.web.Page.Position;
import java.time.Clock;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

// region: template-service
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

  // region: optimistic-update
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

  // endregion: optimistic-update

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
// endregion: template-service
