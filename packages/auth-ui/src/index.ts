export { BackupCodeField, type BackupCodeFieldProps } from "./backup-code-field.tsx";
export { BackupCodes, type BackupCodesLabels, type BackupCodesProps } from "./backup-codes.tsx";
export { ConfirmDialog, type ConfirmDialogProps } from "./confirm-dialog.tsx";
export { FactorChoice, type FactorChoiceProps, type FactorOption } from "./factor-choice.tsx";
export { Field, type FieldProps } from "./field.tsx";
export { FormError, type FormErrorProps } from "./form-error.tsx";
export { LocalTime, type LocalTimeProps } from "./local-time.tsx";
export { Notice, type NoticeProps } from "./notice.tsx";
export { OtpField, type OtpFieldProps } from "./otp-field.tsx";
export { PasskeyForm, type PasskeyFormLabels, type PasskeyFormProps } from "./passkey-form.tsx";
export {
  type PasskeyInfo,
  PasskeyItem,
  type PasskeyItemProps,
  type PasskeyLabels,
} from "./passkey-item.tsx";
export { PasskeyList, type PasskeyListProps } from "./passkey-list.tsx";
export { PasskeyOffer, type PasskeyOfferProps } from "./passkey-offer.tsx";
export { PasswordField, type PasswordFieldProps } from "./password-field.tsx";
export { QrCode, type QrCodeProps } from "./qr-code.tsx";
export { ReloadWhenRestored } from "./reload-when-restored.tsx";
export {
  type SessionInfo,
  SessionItem,
  type SessionItemProps,
  type SessionLabels,
} from "./session-item.tsx";
export { SessionList, type SessionListProps } from "./session-list.tsx";
export { SubmitButton, type SubmitButtonProps } from "./submit-button.tsx";
export { TotpSetup, type TotpSetupLabels, type TotpSetupProps } from "./totp-setup.tsx";
