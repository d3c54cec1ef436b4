//! Who asks, whom it trusts, and that no secret is shown.

use cardflow::adapters::ejbca::{BearerToken, EjbcaAuthority, EjbcaError, EjbcaSettings};
use cardflow::domain::AuthorityAction::Hold;
use cardflow::domain::Capabilities;
use cardflow::ports::{AuthorityError, CertificateAuthority};

use crate::authority::{CA, card_ca, certificate, change, encrypted, open, order, plain, settings, status};
use crate::server::{Mood, PKI};

const TOKEN: &str = "eyJhbGciOiJub25lIn0.secret-token.x";

#[test]
fn a_token_is_fetched_for_each_call_and_let_in() {
    let server = plain();
    server.state().token = Some(TOKEN);
    let certificate = certificate(&server);
    let without = open(settings(&server));
    let error = status(&without, &certificate).unwrap_err();
    assert!(matches!(error, AuthorityError::Other(_)) && !error.is_retryable(), "{error:?}");
    let source = || BearerToken::new(TOKEN.to_owned()).map_err(Into::into);
    let authority = open(settings(&server).tokens(source));
    change(&authority, &order(&certificate, Hold)).unwrap();
    let state = server.state();
    let sent: Vec<_> = state.came.iter().filter_map(|it| it.authorization.clone()).collect();
    assert_eq!(sent, [format!("Bearer {TOKEN}"), format!("Bearer {TOKEN}")]);
}

#[test]
fn without_a_token_nothing_is_sent() {
    let server = plain();
    let authority = open(settings(&server).tokens(|| Err("the token server is away".into())));
    let certificate = certificate(&server);
    let error = change(&authority, &order(&certificate, Hold)).unwrap_err();
    assert!(matches!(error, AuthorityError::Unavailable(_)), "{error:?}");
    assert!(server.state().came.is_empty());
}

#[test]
fn a_client_certificate_is_shown_and_only_the_right_one_is_let_in() {
    let server = encrypted();
    let certificate = certificate(&server);
    assert!(status(&open(settings(&server)), &certificate).is_ok());
    let (chain, key) = &PKI.stranger;
    let stranger = settings(&server).client_certificate(chain.as_bytes(), key.clone().into_bytes()).unwrap();
    let error = change(&open(stranger), &order(&certificate, Hold)).unwrap_err();
    assert!(error.is_retryable(), "somebody may give it the right one: {error:?}");
    let came = server.state().came.len();
    assert_eq!(came, 1, "the stranger has asked nothing");
}

#[test]
fn a_server_that_is_not_trusted_is_asked_nothing() {
    let server = encrypted();
    let certificate = certificate(&server);
    let other = settings(&server).roots(CA.pem.as_bytes()).unwrap();
    let error = change(&open(other), &order(&certificate, Hold)).unwrap_err();
    assert!(matches!(error, AuthorityError::Unavailable(_)), "{error:?}");
    assert!(server.state().came.is_empty());
}

#[test]
fn settings_are_checked_where_they_are_made() {
    let new = |address| EjbcaSettings::new(address, &CA.pem);
    for address in [
        "",
        "ca.example.org",
        "http://ca.example.org/e",
        "ftp://ca.example.org",
        "https://u:pw@ca.example.org",
        "https://c/?q",
    ] {
        let error = new(address).unwrap_err();
        assert!(matches!(error, EjbcaError::Address { .. }) && !error.to_string().contains("pw"), "{address}: {error}");
    }
    assert!(EjbcaSettings::unencrypted("http://ca.example.org/e", &CA.pem).is_err(), "another machine");
    assert!(EjbcaSettings::unencrypted("http://[::1]:8080/e", &CA.pem).is_ok());
    for pem in ["", "-----BEGIN CERTIFICATE-----", PKI.client.0.as_str(), PKI.client.1.as_str()] {
        let error = EjbcaSettings::new("https://ca.example.org/e", pem).unwrap_err();
        assert!(matches!(error, EjbcaError::AuthorityCertificate { .. }), "{error}");
    }
    let settings = || new("https://ca.example.org/ejbca/ejbca-rest-api/").unwrap();
    assert!(matches!(settings().issuer_dn(" "), Err(EjbcaError::IssuerDn)));
    assert!(matches!(settings().roots(b"none"), Err(EjbcaError::Root)));
    let client = |chain: &str, key: &str| settings().client_certificate(chain.as_bytes(), key.as_bytes().to_vec());
    assert!(client(&PKI.client.0, &PKI.client.1).is_ok());
    for (chain, key) in
        [(&PKI.client.0, &PKI.stranger.1), (&PKI.client.0, &PKI.client.0), (&PKI.client.1, &PKI.client.1)]
    {
        assert!(matches!(client(chain, key), Err(EjbcaError::ClientCertificate { .. })));
    }
    assert!(matches!(EjbcaAuthority::new(settings()), Err(EjbcaError::NoCredential)));
    for token in ["", "two words", "line\nfeed", "ä"] {
        assert!(matches!(BearerToken::new(token.to_owned()), Err(EjbcaError::Token)), "{token}");
    }
}

#[test]
fn its_name_is_that_of_its_certificate_and_its_abilities_those_of_the_settings() {
    let server = plain();
    let authority = open(settings(&server).able_to(Capabilities::ALL));
    assert_eq!(authority.issuer().as_str(), "CN=Card CA,O=Example");
    assert_eq!(
        authority.capabilities(),
        Capabilities { revisions: false, ..Capabilities::ALL },
        "EJBCA counts nothing"
    );
}

#[test]
fn certificates_of_others_are_not_its_own() {
    let server = plain();
    let authority = open(settings(&server));
    let own = certificate(&server);
    authority.verify(&own.der).unwrap();
    // Of the same name, and of another.
    for (name, says) in [("Card CA", "another key signed it"), ("Other CA", "another issuer")] {
        let error = authority.verify(&card_ca(name).certificate(&own.serial)).unwrap_err();
        assert!(matches!(&error, AuthorityError::Invalid { why, .. } if why.contains(says)), "{error}");
    }
}

#[test]
fn nothing_shows_a_token_or_a_key() {
    let server = encrypted();
    let source = || BearerToken::new(TOKEN.to_owned()).map_err(Into::into);
    let certificate = certificate(&server);
    let key = PKI.client.1.lines().nth(1).unwrap();
    let authority = open(settings(&server).tokens(source));
    let mut shown = vec![
        format!("{:?}", BearerToken::new(TOKEN.to_owned())),
        format!("{:#?}", settings(&server).tokens(source)),
        format!("{authority:#?}"),
    ];
    for mood in [Mood::Says(401, ""), Mood::Says(500, "x"), Mood::Redirects, Mood::Mute, Mood::Nonsense] {
        server.is(mood);
        let error = change(&authority, &order(&certificate, Hold)).unwrap_err();
        shown.push(format!("{error} {error:?}"));
    }
    for text in shown {
        assert!(!text.contains("secret-token") && !text.contains(key) && !text.contains("ejbca-rest-api/v1"), "{text}");
    }
}
