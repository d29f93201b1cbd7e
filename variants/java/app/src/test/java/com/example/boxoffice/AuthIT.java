package com.example.boxoffice;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.boxoffice.TestService.Answer;
import com.example.boxoffice.TestService.Person;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AuthIT {

  private TestService service;
  private Person person;

  @BeforeEach
  void people() throws Exception {
    service = TestService.get();
    person = service.person();
  }

  private Answer refresh(String token) throws Exception {
    return service.request(
        "POST", "/auth/refresh", null, "{\"refresh_token\": \"%s\"}".formatted(token));
  }

  private Answer login(String credentials) throws Exception {
    return service.request("POST", "/auth/login", null, credentials);
  }

  @Test
  void aTakenAddressKeepsItsPassword() throws Exception {
    String other =
        person
            .credentials()
            .replaceAll("\"password\": \".*\"", "\"password\": \"another long password\"");

    assertThat(service.request("POST", "/accounts", null, other).status()).isEqualTo(202);

    assertThat(login(other).code()).isEqualTo("unauthorized");
    assertThat(login(person.credentials()).status()).isEqualTo(200);
  }

  @Test
  void signingInIsLimitedForTheRightPasswordToo() throws Exception {
    String wrong =
        person.credentials().replaceAll("\"password\": \".*\"", "\"password\": \"wrong\"");
    for (int attempt = 2; attempt <= 5; attempt++) {
      assertThat(login(wrong).status()).isEqualTo(401);
    }

    Answer answer = login(person.credentials());

    assertThat(answer.code()).isEqualTo("rate_limited");
    assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(1, 60);
  }

  @Test
  void aSpentRefreshTokenEndsItsFamilyAndNoOther() throws Exception {
    String other = login(person.credentials()).json().get("refresh_token").asString();
    String second = refresh(person.refreshToken()).json().get("refresh_token").asString();

    assertThat(refresh(person.refreshToken()).status()).isEqualTo(401);

    assertThat(refresh(second).status()).isEqualTo(401);
    assertThat(refresh(other).status()).isEqualTo(200);
  }

  @Test
  void ofTwoUsesAtOnceOneWinsAndTheFamilyEnds() throws Exception {
    List<Answer> answers =
        Together.all(Collections.nCopies(2, () -> refresh(person.refreshToken())));

    assertThat(answers).extracting(Answer::status).containsExactlyInAnyOrder(200, 401);
    Answer winner =
        answers.stream().filter(answer -> answer.status() == 200).findFirst().orElseThrow();
    assertThat(refresh(winner.json().get("refresh_token").asString()).status()).isEqualTo(401);
  }

  @Test
  void logoutEndsTheFamily() throws Exception {
    String body = "{\"refresh_token\": \"%s\"}".formatted(person.refreshToken());

    assertThat(service.request("POST", "/auth/logout", null, body).status()).isEqualTo(204);

    assertThat(refresh(person.refreshToken()).status()).isEqualTo(401);
  }

  @Test
  void anExpiredAccessTokenKeepsNobodyFromRefreshing() throws Exception {
    String body = "{\"refresh_token\": \"%s\"}".formatted(person.refreshToken());

    assertThat(service.request("POST", "/auth/refresh", "an.old.token", body).status())
        .isEqualTo(200);
  }

  static Stream<Arguments> wrongTokens() {
    Date past = Date.from(Instant.now().minusSeconds(30));
    Date future = Date.from(Instant.now().plusSeconds(60));
    return Stream.of(
        Arguments.of("expired", claims(token -> token.expirationTime(past))),
        Arguments.of("of the future", claims(token -> token.issueTime(future))),
        Arguments.of("without an end", claims(token -> token.expirationTime(null))),
        Arguments.of("without a beginning", claims(token -> token.issueTime(null))),
        Arguments.of("without an id", claims(token -> token.jwtID(null))),
        Arguments.of("of another issuer", claims(token -> token.issuer("somebody"))),
        Arguments.of("for another audience", claims(token -> token.audience("other-api"))),
        Arguments.of(
            "of nobody", claims(token -> token.subject("00000000-0000-4000-8000-000000000000"))),
        Arguments.of("of no id", claims(token -> token.subject("me"))));
  }

  private static UnaryOperator<JWTClaimsSet.Builder> claims(
      UnaryOperator<JWTClaimsSet.Builder> change) {
    return change;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongTokens")
  void aTokenWithOneThingWrongIsRefused(String what, UnaryOperator<JWTClaimsSet.Builder> change)
      throws Exception {
    Answer answer = me(forge(change, new JOSEObjectType("at+jwt"), TestService.SECRET));

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
  }

  @Test
  void aTokenOfAnotherTypeOrSecretIsRefused() throws Exception {
    JOSEObjectType right = new JOSEObjectType("at+jwt");

    assertThat(me(forge(token -> token, right, TestService.SECRET)).status()).isEqualTo(200);
    assertThat(me(forge(token -> token, JOSEObjectType.JWT, TestService.SECRET)).status())
        .isEqualTo(401);
    assertThat(me(forge(token -> token, right, "another secret that is long enough, too")).status())
        .isEqualTo(401);
  }

  private Answer me(String token) throws Exception {
    return service.request("GET", "/me", token, null);
  }

  private String forge(
      UnaryOperator<JWTClaimsSet.Builder> change, JOSEObjectType type, String secret)
      throws Exception {
    JWTClaimsSet own = SignedJWT.parse(person.accessToken()).getJWTClaimsSet();
    JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.HS256).type(type).build();
    SignedJWT token = new SignedJWT(header, change.apply(new JWTClaimsSet.Builder(own)).build());
    token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
    return token.serialize();
  }
}
