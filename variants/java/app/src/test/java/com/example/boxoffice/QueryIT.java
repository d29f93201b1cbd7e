package com.example.boxoffice;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.boxoffice.TestService.Person;
import jakarta.persistence.EntityManagerFactory;
import java.util.concurrent.Callable;
import org.hibernate.SessionFactory;
import org.hibernate.stat.Statistics;
import org.junit.jupiter.api.Test;

// region: query-count-test
class QueryIT {

  private static final String BOOKINGS = "/events/%s/bookings";

  /** How many statements Hibernate prepares for the work. */
  private static long statementsOf(TestService service, Callable<?> work) throws Exception {
    Statistics statistics =
        service.bean(EntityManagerFactory.class).unwrap(SessionFactory.class).getStatistics();
    statistics.setStatisticsEnabled(true);
    statistics.clear();
    work.call();
    return statistics.getPrepareStatementCount();
  }

  @Test
  void theListOfGuestsCostsAsManyStatementsWithTwelveBookingsAsWithOne() throws Exception {
    TestService service = TestService.get();
    Person owner = service.person();
    String event = owner.published(100);
    Callable<TestService.Answer> list = () -> owner.request("GET", BOOKINGS.formatted(event), null);
    service.person().book(event, 1);

    long withOne = statementsOf(service, list);
    for (int guests = 1; guests < 12; guests++) {
      service.person().book(event, 1);
    }
    long withTwelve = statementsOf(service, list);

    assertThat(list.call().json().get("items").size()).isEqualTo(12);
    assertThat(withOne).isBetween(2L, 4L);
    assertThat(withTwelve).isEqualTo(withOne);
  }
}
// endregion: query-count-test
