import { eventTypes } from '../contracts/event-types.ts';
import { clientAddress } from './client-address.ts';
import { loginOr } from './login.ts';
import { loginWording, userIn } from './login-wording.ts';
import { readNetfilter } from './netfilter.ts';
import { readArrowPacket, readFilterlog } from './packet-filter.ts';
import { type ProgramMeaning, plainLog } from './program-meaning.ts';
import { requestInText } from './request-in-text.ts';
import { readWebAccess } from './web-access.ts';

/**
 * What a message of an application that we know nothing of means, from its words alone: a request, a packet, a login that
 * failed or went through, and the client's address and the account as far as they are plain. Null when it says none.
 *
 * @param takeOnlyAddress take an address that nothing labels, when it is the only one: for logs that are about clients
 */
export function readApplicationMessage(message: string, takeOnlyAddress: boolean): ProgramMeaning | null {
  const packet = readPacket(message);
  if (packet !== null) return packet;
  const request = readRequest(message);
  return readLogin(message, request) ?? request?.meaning ?? readRest(message, takeOnlyAddress);
}

function readPacket(message: string): ProgramMeaning | null {
  const netfilter = message.indexOf('IN=');
  const packet = netfilter === -1 ? null : readNetfilter(message.slice(Math.max(0, netfilter - 60)));
  return packet ?? readFilterlog(message) ?? readArrowPacket(message);
}

function readLogin(message: string, request: Request | null): ProgramMeaning | null {
  // A request's path may hold any words.
  const words = request === null ? message : message.replace(request.text, ' ');
  const wording = loginWording(words);
  if (wording === null) return null;
  const address = clientAddress(words, true) ?? request?.meaning.sourceIp;
  const user = userIn(words);
  // "Successfully logged in to the mail server" is something a program says of itself.
  if (wording.succeeded && address === undefined) return null;
  return {
    ...request?.meaning,
    ...loginOr(wording.succeeded, { eventType: plainLog }),
    user,
    sourceIp: address,
    fields: {
      ...request?.meaning.fields,
      action: wording.succeeded ? 'login_succeeded' : wording.isUserUnknown ? 'unknown_user' : 'login_failed',
      ...(user === undefined ? {} : { user }),
      ...(address === undefined ? {} : { src_ip: address }),
    },
  };
}

interface Request {
  /** The part of the message that the client wrote. */
  readonly text: string;
  readonly meaning: ProgramMeaning;
}

function readRequest(message: string): Request | null {
  const access = readWebAccess(message);
  if (access !== null) {
    return {
      text: message,
      meaning: {
        eventType: eventTypes.httpRequest,
        category: 'web',
        outcome: access.outcome,
        user: access.user,
        sourceIp: access.client,
        protocol: 'http',
        hosts: [access.client],
        urls: [access.referer, access.path],
        fields: access.fields,
      },
    };
  }
  const request = requestInText(message);
  if (request === null) return null;
  return {
    text: request.text,
    meaning: {
      eventType: eventTypes.httpRequest,
      category: 'web',
      outcome: request.outcome,
      sourceIp: request.client,
      protocol: 'http',
      fields: request.fields,
    },
  };
}

function readRest(message: string, takeOnlyAddress: boolean): ProgramMeaning | null {
  const address = clientAddress(message, takeOnlyAddress);
  if (address === undefined) return null;
  return { eventType: plainLog, sourceIp: address, fields: { src_ip: address } };
}
