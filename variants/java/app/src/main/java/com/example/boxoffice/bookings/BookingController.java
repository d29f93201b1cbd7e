package com.example.boxoffice.bookings;

import com.example.boxoffice.accounts.SignedIn;
import com.example.boxoffice.bookings.BookingService.Booked;
import com.example.boxoffice.shared.DomainException;
import com.example.boxoffice.shared.ErrorCode;
import com.example.boxoffice.web.Page;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class BookingController {

  record NewBooking(@NotNull @Min(1) @Max(10) Integer seats) {}

  private final BookingService bookings;

  BookingController(BookingService bookings) {
    this.bookings = bookings;
  }

  @PostMapping("/events/{event_id}/bookings")
  ResponseEntity<BookingView> book(
      @AuthenticationPrincipal SignedIn account,
      @PathVariable("event_id") UUID eventId,
      @RequestHeader(name = "Idempotency-Key", required = false) String key,
      @Valid @RequestBody NewBooking body) {
    Booked booked = bookings.book(account.id(), eventId, body.seats(), requireKey(key));
    ResponseEntity.BodyBuilder answer =
        ResponseEntity.created(URI.create("/bookings/" + booked.booking().id()));
    if (booked.replayed()) {
      answer.header("Idempotency-Replayed", "true");
    }
    return answer.body(booked.booking());
  }

  @GetMapping("/events/{event_id}/bookings")
  Page<BookingView.Guest> listGuests(
      @AuthenticationPrincipal SignedIn account,
      @PathVariable("event_id") UUID eventId,
      @RequestParam(required = false) String limit,
      @RequestParam(required = false) String cursor) {
    return bookings.listGuests(account.id(), eventId, Page.Request.of(limit, cursor));
  }

  @GetMapping("/bookings")
  Page<BookingView> listOwn(
      @AuthenticationPrincipal SignedIn account,
      @RequestParam(required = false) String limit,
      @RequestParam(required = false) String cursor) {
    return bookings.listOwn(account.id(), Page.Request.of(limit, cursor));
  }

  @GetMapping("/bookings/{booking_id}")
  BookingView get(@AuthenticationPrincipal SignedIn account, @PathVariable("booking_id") UUID id) {
    return bookings.get(account.id(), id);
  }

  @PostMapping("/bookings/{booking_id}/cancel")
  BookingView cancel(
      @AuthenticationPrincipal SignedIn account, @PathVariable("booking_id") UUID id) {
    return bookings.cancel(account.id(), id);
  }

  private static String requireKey(String key) {
    if (key == null || key.isEmpty()) {
      throw new DomainException(
          ErrorCode.IDEMPOTENCY_KEY_MISSING, "Send an Idempotency-Key with this request.");
    }
    if (!key.matches("[\\x21-\\x7e]{1,255}")) {
      throw DomainException.invalid(
          "/Idempotency-Key", "must have 1 to 255 visible ASCII characters");
    }
    return key;
  }
}
