package com.example.boxoffice.bookings;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

interface BookingRepository extends Repository<Booking, UUID> {

  /** A booking with the address of whose it is. */
  record WithGuest(Booking booking, String email) {}

  Booking saveAndFlush(Booking booking);

  Optional<Booking> findById(UUID id);

  /** Of which event it is; the booking itself is read behind that event's lock. */
  @Query("select b.eventId from Booking b where b.id = :id")
  Optional<UUID> findEventId(UUID id);

  @Query(
      """
      select b from Booking b
      where b.accountId = :accountId and (b.createdAt, b.id) < (:lastAt, :lastId)
      order by b.createdAt desc, b.id desc""")
  List<Booking> findOfAccount(UUID accountId, Instant lastAt, UUID lastId, Limit limit);

  /** With the guests' addresses in the same statement: one query, however many guests there are. */
  @Query(
      """
      select new com.example.boxoffice.bookings.BookingRepository$WithGuest(b, a.email)
      from Booking b join Account a on a.id = b.accountId
      where b.eventId = :eventId and (b.createdAt, b.id) < (:lastAt, :lastId)
      order by b.createdAt desc, b.id desc""")
  List<WithGuest> findOfEvent(UUID eventId, Instant lastAt, UUID lastId, Limit limit);
}
