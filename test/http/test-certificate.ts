/** A certificate of localhost that signs itself, and its key: for tests alone, nobody trusts it. */
export const testCertificate = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUScxqf3FcmiPRyx6kDF+XjbY82hQwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTExMDYwMFoYDzIxMjYxMDI4
MTEwNjAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQXCZZwbbtfei5duEk/rqYI0dtg6qBDdszqzbDY5MptL0p2Ify8TmuU
+yxbC5K1xx2Z8t1lYXSv+b2MRE4Juq85o28wbTAdBgNVHQ4EFgQUigbSu0gBmvc/
bZCTZ/21DmVNbVIwHwYDVR0jBBgwFoAUigbSu0gBmvc/bZCTZ/21DmVNbVIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgLN3gfFBHh6rmnUpWXmeF6V9roBiSQIVK+WyH2XFMMWcCIETd
gEschr3HTc2XclQm975mW9X92qqJKH4c2QUHoLwq
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbGyKwpWpzCcNIbHw
vRFFPee4xwllD64Utfx/Gsf/gEShRANCAAQXCZZwbbtfei5duEk/rqYI0dtg6qBD
dszqzbDY5MptL0p2Ify8TmuU+yxbC5K1xx2Z8t1lYXSv+b2MRE4Juq85
-----END PRIVATE KEY-----
`,
};
