/**
 * A CA certificate whose key was thrown away: no server has a certificate of it, so that nothing connects until an operator puts another one in its
 * place. It is also in the shipped files of prod.
 */
export const PLACEHOLDER_CA = `-----BEGIN CERTIFICATE-----
MIIB2DCCAX2gAwIBAgIUco3k+gXXJu9JzlWLD2Ngn0geMy0wCgYIKoZIzj0EAwIw
ODE2MDQGA1UEAwwtcGxhY2Vob2xkZXI6IHB1dCB0aGUgQ0Egb2YgeW91ciBkYXRh
YmFzZSBoZXJlMCAXDTI2MTEzMDIxNTAwNVoYDzIxMjYxMTA2MjE1MDA1WjA4MTYw
NAYDVQQDDC1wbGFjZWhvbGRlcjogcHV0IHRoZSBDQSBvZiB5b3VyIGRhdGFiYXNl
IGhlcmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARvs7jM/rk/dxvF7GuVAJWu
D6HU44+ogkdZtEkj+/UPw/Xx38GUXUgCTWy17BVAtDH4cozvT2KnTg7Q2YQWRUCI
o2MwYTAdBgNVHQ4EFgQUYh5/YS/Ap/Kp/qRY3uj8GtcgiRgwHwYDVR0jBBgwFoAU
Yh5/YS/Ap/Kp/qRY3uj8GtcgiRgwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8E
BAMCAgQwCgYIKoZIzj0EAwIDSQAwRgIhAPYWDi0aziBQPEm+3RsI2o4XKnuu4E79
klPzpN+wmH6mAiEA+ZkTFokdvp+qLoabOMh4cMzql/Trxa6DxL6ZGcBZcPk=
-----END CERTIFICATE-----
`;
