from datetime import timedelta

import pytest

from box_office.services.deliveries import DeliveryPolicy, sign


def test_the_signature_is_the_one_of_standard_webhooks() -> None:
    # Computed with: printf 'id.1.{}' | openssl dgst -sha256 -hmac secret -binary | base64
    assert sign(b"secret", "id", 1, b"{}") == "v1,490pAcC1LQ1k1cOcmH0da199+A88OKCj0Io4WnJlp68="


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (5, 16)])
def test_each_wait_is_twice_the_one_before_give_or_take(attempt: int, seconds: int) -> None:
    second = timedelta(seconds=1)
    policy = DeliveryPolicy("http://webhook.test", b"", second, second, backoff=second, max_attempts=8)

    assert timedelta(seconds=0.8 * seconds) <= policy.wait_after(attempt) <= timedelta(seconds=1.2 * seconds)
