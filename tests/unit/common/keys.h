#ifndef TESTS_UNIT_COMMON_KEYS_H
#define TESTS_UNIT_COMMON_KEYS_H

/* Keys for tests, made by openssl(1), which also gave their names. */

#define KEYS_ED25519                                                         \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MC4CAQAwBQYDK2VwBCIEIOwFbU7I5/yyZXaZPcD3ExCemi+j7DABRF2Awoe5ZyCc\n" \
	"-----END PRIVATE KEY-----\n"
#define KEYS_ED25519_NAME "UYEMHZHYJ2SXNUAZNDRUM5E3UD"

#define KEYS_P256                                                            \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqZuEkYUTigoaEtz3\n" \
	"iyzSYSTBK0OOHO8iNmsRHIHOCxGhRANCAAQf+xcQiGNg70uOoRdcPXb3Qbofsu5X\n" \
	"zUT3PjsUnQEgoDwPid/nxw5IpOD1EbpLiDtN5xwAfo7i28IV8n8DyXZH\n"         \
	"-----END PRIVATE KEY-----\n"
#define KEYS_P256_NAME "QNQMEMBZ4GIQNL556GFWN3UVHE"

/* A certificate of KEYS_P256, for files.example. */
#define KEYS_P256_CERTIFICATE                                                \
	"-----BEGIN CERTIFICATE-----\n"                                      \
	"MIIBiDCCAS2gAwIBAgIUTQLQGug38U4M1phxKSgSI0KtuIkwCgYIKoZIzj0EAwIw\n" \
	"GDEWMBQGA1UEAwwNZmlsZXMuZXhhbXBsZTAgFw0yNjExMzAwMjE1MzFaGA8yMTI2\n" \
	"MTEwNjAyMTUzMVowGDEWMBQGA1UEAwwNZmlsZXMuZXhhbXBsZTBZMBMGByqGSM49\n" \
	"AgEGCCqGSM49AwEHA0IABB/7FxCIY2DvS46hF1w9dvdBuh+y7lfNRPc+OxSdASCg\n" \
	"PA+J3+fHDkik4PURukuIO03nHAB+juLbwhXyfwPJdkejUzBRMB0GA1UdDgQWBBT4\n" \
	"1WzRFqvN9Bs1oJyYtjVyVP93qTAfBgNVHSMEGDAWgBT41WzRFqvN9Bs1oJyYtjVy\n" \
	"VP93qTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDcnXC24u7z\n" \
	"bbPoLCzPKJ63kYOtFg0VQFXvMW0OwzHnCgIhAIHIa4rUf0IgfPDIUOr17OlecTTn\n" \
	"z47bAaNROw6Itfci\n"                                                 \
	"-----END CERTIFICATE-----\n"

/* Parameters stand before the key. */
#define KEYS_P256_TRADITIONAL                                                \
	"-----BEGIN EC PARAMETERS-----\n"                                    \
	"BggqhkjOPQMBBw==\n"                                                 \
	"-----END EC PARAMETERS-----\n"                                      \
	"-----BEGIN EC PRIVATE KEY-----\n"                                   \
	"MHcCAQEEIHxQ/5O1K3bOn/doVoy+5DWzR2UcdoDIqLkAEcA92epToAoGCCqGSM49\n" \
	"AwEHoUQDQgAEVci/d+TQD3GFTKoNnsVJlkdaajHRCbQgIEb7RMsPrveuwohsUSWm\n" \
	"QS7GP1qIZYS9j9lNGLBEKcwU7IYeOYo6vA==\n"                             \
	"-----END EC PRIVATE KEY-----\n"

/* P-256 with its numbers instead of its name. */
#define KEYS_EXPLICIT                                                        \
	"-----BEGIN EC PARAMETERS-----\n"                                    \
	"MIH3AgEBMCwGByqGSM49AQECIQD/////AAAAAQAAAAAAAAAAAAAAAP//////////\n" \
	"/////zBbBCD/////AAAAAQAAAAAAAAAAAAAAAP///////////////AQgWsY12Ko6\n" \
	"k+ez671VdpiGvGUdBrDMU7D2O848PifSYEsDFQDEnTYIhucEk2pmeOETnSa3gZ9+\n" \
	"kARBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tK\n" \
	"fA+eFivOM1drMV7Oy7ZAaDe/UfUCIQD/////AAAAAP//////////vOb6racXnoTz\n" \
	"ucrC/GMlUQIBAQ==\n"                                                 \
	"-----END EC PARAMETERS-----\n"                                      \
	"-----BEGIN EC PRIVATE KEY-----\n"                                   \
	"MIIBaAIBAQQgy3TScpwf6X+i08mDnL7yRAVnHHRf7CtmIe5OgpdA7s6ggfowgfcC\n" \
	"AQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////\n" \
	"MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57Pr\n" \
	"vVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEE\n" \
	"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W\n" \
	"K84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8\n" \
	"YyVRAgEBoUQDQgAE5bQyC/Tc9LbH8elmlm+QaWUwNkRkuG/7LfhSeoOSvO4KJZN+\n" \
	"F4fpoG3WyEf6aJ8yqqYABf4OUxVbbxn+zCR8IQ==\n"                         \
	"-----END EC PRIVATE KEY-----\n"

#define KEYS_P384                                                            \
	"-----BEGIN EC PRIVATE KEY-----\n"                                   \
	"MIGkAgEBBDDnFeZd257FdHxoDsnNv/eFkxJjaJDlRNIANTymltKVBXcZQrCueJDb\n" \
	"RqQ4tklJJSGgBwYFK4EEACKhZANiAASJtp37s5Dip8FDJumcAtT2u8pjKW1y21mX\n" \
	"9yMA+V5JEtqYex4j4o8ywSWJkTPQFli9MeJOMO9Zaljev57qR6xAHGRxSXkDe3Jd\n" \
	"0r6Bj+fSA8ipA+RYzE0sQvGCny82Jas=\n"                                 \
	"-----END EC PRIVATE KEY-----\n"

/* Under the passphrase "x", in both forms. */
#define KEYS_ENCRYPTED                                                       \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                            \
	"MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgYYjvqZxDnbgICCAAw\n" \
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEO4jCUHxyzxo1azDB2TBzvgEgZBR\n" \
	"IMH6DT8SexzZhUdRtECQmhI2a6v8W6JFo7UK8DptIlTwaQ/aef/SQStPQwJlw7Ab\n" \
	"tLA/ftYJOKzMgWhcMbXfKZd32pJhVFQfevAazk0Xpuu1Iwly9FqenUZpHRBp6wTq\n" \
	"808QEvkuTLvYU/thnd85aKp99zeoaOYWZmw4F8x/lvPkNbUtfOjQ43CbtFPq0YA=\n" \
	"-----END ENCRYPTED PRIVATE KEY-----\n"
#define KEYS_ENCRYPTED_TRADITIONAL                                           \
	"-----BEGIN EC PRIVATE KEY-----\n"                                   \
	"Proc-Type: 4,ENCRYPTED\n"                                           \
	"DEK-Info: AES-256-CBC,99CF688C186B40ADA8512E1428ED5160\n"           \
	"\n"                                                                 \
	"hosR05E4VBUa1RXtVh223HH1aEy59BhBRJURUjgs0RuU7jl3mkkno3MnGwniGNqc\n" \
	"SHgBBM46Jww0Eyy7kzDn54wcWBEM/uHOcV5DuJvSYlF4BPRlAR0qMFQbJoo9+2gx\n" \
	"KdxV+gJPQmnNrxmyCKXFc/qgjmSc8qcX5IxSg6J7aUg=\n"                     \
	"-----END EC PRIVATE KEY-----\n"

#endif
