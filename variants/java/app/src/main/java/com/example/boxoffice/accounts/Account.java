package com.example.boxoffice.accounts;

import com.example.boxoffice.shared.Identified;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;

@Entity
@Table(name = "accounts")
public class Account extends Identified {

  @Column(nullable = false, updatable = false)
  private String email;

  @Column(nullable = false)
  private String passwordHash;

  protected Account() {}

  public String getEmail() {
    return email;
  }

  public String getPasswordHash() {
    return passwordHash;
  }
}
