package com.example.boxoffice.events;

import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.domain.Limit;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.repository.Repository;

// region: repository
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
// endregion: repository
