package com.example.boxoffice.events;

public enum Currency {
  EUR,
  GBP,
  USD
}
