import { Notification, NotificationChannel } from '@townkrier/core';
import { z } from 'zod';

const account = z.object({ name: z.string(), plan: z.string() });

/** Says hello. The name is personal, so the log masks it; the plan is not. */
export class Welcome extends Notification.of('account.welcome', account) {
  static override readonly unmasked = ['plan'];

  via() {
    return [NotificationChannel.EMAIL];
  }

  override toEmail() {
    const { name, plan } = this.payload;
    return {
      subject: `Welcome, ${name}!`,
      text: `Hello ${name},\n\nyour ${plan} account is ready.`,
      html: `<h1>Welcome!</h1><p>Hello ${escapeHtml(name)},</p><p>your <b>${plan}</b> account is ready.</p>`,
    };
  }
}

/** An invoice: for customers who pay, so it goes first. */
export class InvoiceReady extends Notification.of('invoice.ready', account.extend({ invoice: z.string() })) {
  static override readonly unmasked = ['plan', 'invoice'];

  via() {
    return [NotificationChannel.EMAIL];
  }

  override toEmail() {
    const { name, plan, invoice } = this.payload;
    return {
      subject: `Invoice ${invoice}`,
      text: `Hello ${name},\n\ninvoice ${invoice} for your ${plan} plan is ready.`,
    };
  }
}

/** A one-time sign-in code: the log never shows it, at any privacy level. */
export class TrialEnding extends Notification.of('trial.ending', account.extend({ code: z.string() })) {
  static override readonly unmasked = ['plan'];

  via() {
    return [NotificationChannel.EMAIL];
  }

  override toEmail() {
    const { name, code } = this.payload;
    return {
      subject: 'Your trial ends soon',
      text: `Hello ${name},\n\nyour trial ends tomorrow. Your sign-in code is ${code}.`,
    };
  }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
