package com.example.boxoffice.auth;

import com.example.boxoffice.shared.Settings;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import java.util.UUID;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.OAuth2TokenValidatorResult;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.stereotype.Component;

/** Makes and checks access tokens: HS256, {@code typ: at+jwt}, and nothing else. */
@Component
class AccessTokens {

  private static final JOSEObjectType TYPE = new JOSEObjectType("at+jwt");
  private static final String ISSUER = "box-office";
  private static final String AUDIENCE = "box-office-api";
  private static final Duration LEEWAY = Duration.ofSeconds(2);

  private final byte[] secret;
  private final Duration timeToLive;
  private final Clock clock;

  AccessTokens(Settings settings, Clock clock) {
    this.secret = settings.jwtSecret().getBytes(StandardCharsets.UTF_8);
    this.timeToLive = settings.accessTtl();
    this.clock = clock;
  }

  String issue(UUID accountId) {
    Instant now = clock.instant();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .subject(accountId.toString())
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(timeToLive)))
            .jwtID(UUID.randomUUID().toString())
            .build();
    SignedJWT token =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.HS256).type(TYPE).build(), claims);
    try {
      token.sign(new MACSigner(secret));
    } catch (JOSEException impossible) {
      throw new IllegalStateException(
          impossible); // the settings have seen to the length of the secret
    }
    return token.serialize();
  }

  /**
   * Nimbus itself checks type, algorithm, issuer, audience and that all claims are there. Spring's
   * decoder alone would not do: it makes up an {@code iat} that is missing, and grants a minute of
   * leeway.
   */
  JwtDecoder decoder() {
    DefaultJWTClaimsVerifier<SecurityContext> claims =
        new DefaultJWTClaimsVerifier<>(
            AUDIENCE,
            new JWTClaimsSet.Builder().issuer(ISSUER).build(),
            Set.of("iss", "aud", "sub", "iat", "exp", "jti"));
    claims.setMaxClockSkew((int) LEEWAY.toSeconds());
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(TYPE));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.HS256, new ImmutableSecret<>(secret)));
    processor.setJWTClaimsSetVerifier(claims);
    NimbusJwtDecoder decoder = new NimbusJwtDecoder(processor);
    decoder.setJwtValidator(this::notOfTheFuture);
    return decoder;
  }

  private OAuth2TokenValidatorResult notOfTheFuture(Jwt token) {
    Instant issued = token.getIssuedAt();
    if (issued != null && !issued.isAfter(clock.instant().plus(LEEWAY))) {
      return OAuth2TokenValidatorResult.success();
    }
    return OAuth2TokenValidatorResult.failure(new OAuth2Error("invalid_token"));
  }
}
