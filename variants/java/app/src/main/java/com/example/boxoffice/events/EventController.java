package com.example.boxoffice.events;

import com.example.boxoffice.accounts.SignedIn;
import com.example.boxoffice.events.EventRequests.EventChange;
import com.example.boxoffice.events.EventRequests.NewEvent;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.web.IfMatch;
import com.example.boxoffice.web.Page;
import jakarta.validation.Valid;
import java.net.URI;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

// region: route
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
// endregion: route
