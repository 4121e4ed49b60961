"""Settings of the tenant that nothing in the company says anything about."""

from __future__ import annotations

from typing import Any

SIGN_IN_EXPERIENCE: dict[str, Any] = {
    "tenantId": "default",
    "id": "default",
    "color": {
        "primaryColor": "#6139F6", "isDarkModeEnabled": False, "darkPrimaryColor": "#8768F8",
    },
    "branding": {},
    "hideLogtoBranding": False,
    "languageInfo": {"autoDetect": True, "fallbackLanguage": "en"},
    "termsOfUseUrl": None,
    "privacyPolicyUrl": None,
    "agreeToTermsPolicy": "Automatic",
    "signIn": {
        "methods": [
            {
                "identifier": "email", "password": True, "verificationCode": False,
                "isPasswordPrimary": True,
            }
        ]
    },
    "signUp": {"identifiers": ["email"], "password": True, "verify": True},
    "socialSignIn": {},
    "socialSignInConnectorTargets": ["github", "google"],
    "signInMode": "SignIn",
    "customCss": None,
    "customContent": {},
    "customUiAssets": None,
    "customUiCsp": {},
    "passwordPolicy": {},
    "mfa": {"factors": ["Totp", "WebAuthn", "BackupCode"], "policy": "UserControlled"},
    "adaptiveMfa": {},
    "singleSignOnEnabled": True,
    "supportEmail": None,
    "supportWebsiteUrl": None,
    "unknownSessionRedirectUrl": None,
    "captchaPolicy": {},
    "sentinelPolicy": {},
    "emailBlocklistPolicy": {},
    "verificationCodePolicy": {},
    "forgotPasswordMethods": [],
    "passkeySignIn": {},
    "signUpProfileFields": None,
    "passwordExpiration": {},
    "usernamePolicy": {
        "caseSensitive": True,
        "minLength": 1,
        "maxLength": 128,
        "allowedChars": {
            "lowercase": True, "uppercase": True, "numbers": True, "underscore": True,
        },
    },
}  # fmt: skip
