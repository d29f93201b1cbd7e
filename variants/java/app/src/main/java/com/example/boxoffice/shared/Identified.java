package com.example.boxoffice.shared;

import jakarta.persistence.Column;
import jakarta.persistence.Id;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.PostLoad;
import jakarta.persistence.PostPersist;
import jakarta.persistence.Transient;
import java.time.Instant;
import java.util.UUID;
import org.springframework.data.domain.Persistable;

/**
 * An entity whose id is made here and not by the database. It says itself whether it is new: Spring
 * Data would take an id that is set for the sign of an old row, and ask the database before each
 * insert.
 */
@MappedSuperclass
public abstract class Identified implements Persistable<UUID> {

  @Id private UUID id;

  @Column(nullable = false, updatable = false)
  private Instant createdAt;

  @Transient private boolean stored;

  protected Identified() {}

  protected Identified(Instant createdAt) {
    this.id = UUID.randomUUID();
    this.createdAt = createdAt;
  }

  @Override
  public UUID getId() {
    return id;
  }

  public Instant getCreatedAt() {
    return createdAt;
  }

  @Override
  public boolean isNew() {
    return !stored;
  }

  @PostLoad
  @PostPersist
  void markStored() {
    stored = true;
  }
}
