package com.example.boxoffice.web;

import com.example.boxoffice.shared.DomainException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

// region: page
/** One page of a list, and the cursor of the next one if there is one. */
public record Page<T>(List<T> items, String nextCursor) {

  /**
   * The place of a row in the list: the sorted column, and the id where two rows share its value.
   */
  public record Position(Instant at, UUID id) {
    /** Before all rows of a list that goes up, after all rows of one that goes down. */
    public static final Position FIRST =
        new Position(Instant.parse("0001-01-01T00:00:00Z"), new UUID(0, 0));

    public static final Position LAST =
        new Position(Instant.parse("9999-12-31T00:00:00Z"), new UUID(-1, -1));

    String encode() {
      byte[] text = (at + " " + id).getBytes(StandardCharsets.UTF_8);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(text);
    }

    static Position decode(String cursor) {
      try {
        String[] parts =
            new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8).split(" ");
        Position position = new Position(Instant.parse(parts[0]), UUID.fromString(parts[1]));
        if (position.encode().equals(cursor)
            && position.at.isAfter(FIRST.at)
            && position.at.isBefore(LAST.at)) {
          return position;
        }
      } catch (IllegalArgumentException
          | DateTimeException
          | ArrayIndexOutOfBoundsException broken) {
        // told below
      }
      throw DomainException.invalid("/cursor", "is not a cursor of this list");
    }
  }

  /** What a caller asks for. */
  public record Request(int limit, String cursor) {
    public static Request of(String limit, String cursor) {
      if (limit != null && !limit.matches("[0-9]{1,3}")) {
        throw DomainException.invalid("/limit", "must be a whole number from 1 to 100");
      }
      int number = limit == null ? 20 : Integer.parseInt(limit);
      if (number < 1 || number > 100) {
        throw DomainException.invalid("/limit", "must be a whole number from 1 to 100");
      }
      return new Request(number, cursor);
    }

    public Position after(Position start) {
      return cursor == null ? start : Position.decode(cursor);
    }
  }

  /**
   * The query asks for one row more than the limit: its presence says that there is a next page.
   */
  public static <R, T> Page<T> of(
      List<R> rows, Request request, Function<R, Position> position, Function<R, T> view) {
    List<R> shown = rows.subList(0, Math.min(rows.size(), request.limit()));
    boolean more = rows.size() > request.limit();
    String next = more ? position.apply(shown.get(shown.size() - 1)).encode() : null;
    return new Page<>(shown.stream().map(view).toList(), next);
  }
}
// endregion: page
