"""TLS: a broker that speaks nothing else is told from others, trusted by its certificate, and published to."""

import shutil
import subprocess

import pytest
from published import EVENT, records

from stream.brokers.probe import Unusable, probe
from stream.publisher import Publisher
from stream.settings.deployment import Deployment

SECRET = "secret"  # noqa: S105 - of a key that lives as long as the test


def keytool(*arguments):
    command = [shutil.which("keytool"), *arguments, "-storepass", SECRET, "-storetype", "PKCS12"]
    subprocess.run(command, check=True, capture_output=True)


def test_a_broker_behind_tls(own_kafka, namespace, tmp_path):
    keys, certificate = str(tmp_path / "keys.p12"), tmp_path / "broker.pem"
    named = ("-alias", "broker", "-keystore", keys)
    keytool("-genkeypair", *named, "-keyalg", "EC", "-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1")
    keytool("-exportcert", *named, "-rfc", "-file", str(certificate))
    broker = own_kafka(
        {
            "listener.security.protocol.map": "CLIENT:SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "listener.name.client.ssl.keystore.location": keys,
            "listener.name.client.ssl.keystore.type": "PKCS12",
            "listener.name.client.ssl.keystore.password": SECRET,
            "listener.name.client.ssl.key.password": SECRET,
        }
    )
    broker.create_topics(f"{namespace}.usage")

    def deployment(**settings):
        return Deployment(kafka_bootstrap=broker.bootstrap, namespace=namespace, **settings)

    with pytest.raises(Unusable, match=f"{broker.bootstrap} speaks TLS only; set VITALS_KAFKA_SECURITY to ssl"):
        probe(deployment(), broker.bootstrap)
    with pytest.raises(Unusable, match=r"is not trusted: .*; name the certificates to trust in VITALS_KAFKA_CAFILE"):
        probe(deployment(kafka_security="ssl"), broker.bootstrap)
    for wrong in (tmp_path / "none.pem", tmp_path / "keys.p12"):
        with pytest.raises(Unusable, match=rf"{wrong} cannot be read as certificates .*; correct VITALS_KAFKA_CAFILE"):
            probe(deployment(kafka_security="ssl", kafka_cafile=wrong), broker.bootstrap)

    trusting = deployment(kafka_security="ssl", kafka_cafile=certificate)
    with Publisher(trusting) as publisher:
        publisher.send(EVENT)

    trust = {"security_protocol": "SSL", "ssl_cafile": str(certificate)}
    (record,) = records(broker.bootstrap, f"{namespace}.usage", **trust)
    assert record.key == b"acme"
    with pytest.raises(Unusable, match=rf"{broker.direct} does not speak TLS; set VITALS_KAFKA_SECURITY to plaintext"):
        probe(trusting, broker.direct)
